interface Actor {
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
}

/** As people know them: a name, else whatever there is. */
export const nameOf = ({ name, email, login }: Actor): string =>
  name.trim() || login || email || "Nobody";

/** One text for all commits of a person, as far as one commit tells. */
export const identityOf = ({ name, email, login }: Actor): string => login ?? (email || name);

import { repositoryNotFound } from "./graphql/github-error.js";
import { legacyRepositoryId, repositoryId } from "./graphql/node-id.js";

/** What GitHub refuses to show, and in which words. */
export type Refusal = "saml" | "classic-pat" | "ip-allow-list" | "token-permission";

/** What a test may set at any time. */
export interface RepositoryFlags {
  readonly isArchived: boolean;
  /** Blocked by GitHub's staff, with its data still shown. */
  readonly isDisabled: boolean;
  readonly isFork: boolean;
  readonly isLocked: boolean;
  /** Private repositories look like missing ones to everyone but `visibleTo`. */
  readonly isPrivate: boolean;
  /** Logins. */
  readonly visibleTo: readonly string[];
  readonly refusal: Refusal | null;
  /** Answers with the old form of its node id, as old repositories do. */
  readonly hasLegacyId: boolean;
  /** ISO 8601. Moves by itself on each push; also on pushes to hidden refs, which this imitates. */
  readonly pushedAt: string | null;
  readonly updatedAt: string;
  /** In KiB, as GitHub tells it. */
  readonly diskUsage: number;
}

/** What a push changed, as it was before. */
export interface BeforePush {
  readonly branch: string;
  /** Null: there was no such branch. */
  readonly oid: string | null;
  readonly pushedAt: string | null;
}

export interface StandInRepository extends RepositoryFlags {
  readonly databaseId: number;
  readonly owner: string;
  readonly name: string;
  readonly gitDir: string;
  readonly createdAt: string;
  readonly archivedAt: string | null;
  /** Null before the first push. */
  readonly beforeLastPush: BeforePush | null;
  /** The push that the answer is to know nothing of; null but in answers of a stale replica. */
  readonly missedPush: BeforePush | null;
}

/** Where the web pages are, whatever port this GitHub listens on. */
export const WEB_URL = "https://github.com";

const FIRST_DATABASE_ID = 700_000_001;

/** Repositories by id, by name and by former name. Renames and transfers keep the id. */
export class RepositoryDirectory {
  readonly #byId = new Map<number, StandInRepository>();
  /** Current and former names, lower case. */
  readonly #idByName = new Map<string, number>();
  #nextDatabaseId = FIRST_DATABASE_ID;

  takeDatabaseId(wanted?: number): number {
    if (wanted !== undefined && this.#byId.has(wanted)) {
      throw new Error(`there is a repository with databaseId ${wanted} already`);
    }
    const databaseId = wanted ?? this.#nextDatabaseId;
    this.#nextDatabaseId = Math.max(this.#nextDatabaseId, databaseId + 1);
    return databaseId;
  }

  /** A name that redirected to another repository stops doing so, as on GitHub. */
  add(repository: StandInRepository): void {
    this.refuseTaken(nameWithOwner(repository));
    this.#byId.set(repository.databaseId, repository);
    this.#idByName.set(nameKey(nameWithOwner(repository)), repository.databaseId);
  }

  change(databaseId: number, changes: Partial<StandInRepository>): StandInRepository {
    const before = this.#byId.get(databaseId);
    if (before === undefined) throw new Error(`there is no repository ${databaseId}`);
    const after = { ...before, ...changes };
    if (nameKey(nameWithOwner(after)) !== nameKey(nameWithOwner(before))) {
      this.refuseTaken(nameWithOwner(after));
    }
    this.#byId.set(databaseId, after);
    this.#idByName.set(nameKey(nameWithOwner(after)), databaseId);
    return after;
  }

  remove(databaseId: number): void {
    this.#byId.delete(databaseId);
    for (const [name, id] of this.#idByName) {
      if (id === databaseId) this.#idByName.delete(name);
    }
  }

  /** In the order in which they were made. */
  listByOwner(login: string): StandInRepository[] {
    const key = login.toLowerCase();
    return [...this.#byId.values()]
      .filter(({ owner }) => owner.toLowerCase() === key)
      .sort((one, other) => one.databaseId - other.databaseId);
  }

  findById(databaseId: number): StandInRepository | null {
    return this.#byId.get(databaseId) ?? null;
  }

  /** By its name now, or, when following, by one it had. */
  findByName(name: string, followRenames = true): StandInRepository | null {
    const repository = this.findById(this.#idByName.get(nameKey(name)) ?? -1);
    if (repository === null || followRenames) return repository;
    return nameKey(nameWithOwner(repository)) === nameKey(name) ? repository : null;
  }

  get(name: string): StandInRepository {
    const repository = this.findByName(name);
    if (repository === null) throw repositoryNotFound(name);
    return repository;
  }

  private refuseTaken(name: string): void {
    if (this.findByName(name, false)) throw new Error(`there is a repository ${name} already`);
  }
}

export function nameWithOwner({ owner, name }: { owner: string; name: string }): string {
  return `${owner}/${name}`;
}

export function nodeIdOf(repository: StandInRepository, wantsNewIds: boolean): string {
  return repository.hasLegacyId && !wantsNewIds
    ? legacyRepositoryId(repository.databaseId)
    : repositoryId(repository.databaseId);
}

export function isVisibleTo(repository: StandInRepository, login: string): boolean {
  return !repository.isPrivate || repository.visibleTo.includes(login);
}

function nameKey(name: string): string {
  return name.toLowerCase();
}

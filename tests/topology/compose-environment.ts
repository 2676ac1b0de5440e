import { readFile } from "node:fs/promises";
import { parse } from "yaml";

interface ComposeFile {
  readonly services: Readonly<Record<string, { readonly environment?: Environment }>>;
}
type Environment = Readonly<Record<string, string | number>>;

const SECRETS = "/run/secrets/";
const VARIABLE = /\$\{(\w+):-([^}]*)\}/g;

/** What compose.yaml has a service's processes see, with the secrets' files where they are here. */
export async function composeEnvironment(
  service: string,
  { given, secretsFolder }: { given: Readonly<Record<string, string>>; secretsFolder: string },
): Promise<Record<string, string>> {
  const file = parse(await readFile("compose.yaml", "utf8"), { merge: true }) as ComposeFile;
  const environment = file.services[service]?.environment;
  if (environment === undefined) throw new Error(`compose.yaml has no environment of ${service}`);
  const filled = Object.entries(environment).map(([name, value]) => {
    const text = String(value).replace(VARIABLE, (_, key: string, usual) => given[key] ?? usual);
    return [
      name,
      text.startsWith(SECRETS) ? `${secretsFolder}/${text.slice(SECRETS.length)}` : text,
    ];
  });
  return Object.fromEntries(filled);
}

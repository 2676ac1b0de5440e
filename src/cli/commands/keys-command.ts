import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { API_ROLES, type ApiKey, type ApiRole, parseKeyName } from "../../domain/api-key.js";
import { isTrackerError, TrackerError } from "../../domain/errors.js";
import { parsePatterns, scopeOf } from "../../domain/repository-scope.js";
import type { Tools } from "../tools.js";

const COLUMNS = [
  { title: "ID", of: ({ id }: ApiKey) => String(id) },
  { title: "KEY", of: ({ prefix }: ApiKey) => `${prefix}…`, isExtra: true },
  { title: "ROLE", of: ({ role }: ApiKey) => role.toLowerCase() },
  { title: "REPOSITORIES", of: ({ repositories }: ApiKey) => limitsOf(repositories) },
  { title: "CREATED", of: ({ createdAt }: ApiKey) => createdAt, isExtra: true },
  { title: "LAST USED", of: ({ lastUsedAt }: ApiKey) => lastUsedAt, isExtra: true },
  { title: "REVOKED", of: ({ revokedAt }: ApiKey) => revokedAt },
  { title: "NAME", of: ({ name }: ApiKey) => name },
];

const ROLES =
  "a reader queries, subscribes and waits for commits; an operator also adds, pauses, resumes, refreshes, verifies and retries; a writer also removes, resets and discards";

/** Works on the database itself, so that a first key can be made before anything serves. */
export function keysCommand(tools: Tools) {
  return new Command("keys")
    .description("Makes, lists and revokes the keys of the API.")
    .addCommand(createCommand(tools))
    .addCommand(listCommand(tools))
    .addCommand(revokeCommand(tools));
}

function createCommand({ local, output }: Tools) {
  return new Command("create")
    .description("Makes a key. It is shown once, here.")
    .requiredOption("--name <name>", "what it is for, for people", parseName)
    .addOption(
      new Option("--role <role>", `absent: reader; ${ROLES}`)
        .choices(API_ROLES.map((role) => role.toLowerCase()))
        .argParser(parseRole),
    )
    .option(
      "--repositories <patterns...>",
      "see and change these alone: 'owner/*' for all that an owner has, or owner/name",
      parsePattern,
    )
    .option(
      "--given",
      "the one in TRACKER_API_KEY or TRACKER_API_KEY_FILE, made elsewhere; is it there already, nothing is done",
    )
    .action(async ({ name, role = "READER", repositories, given }) => {
      const { database, create, register } = await local.keys();
      const limits = repositories && parsePatterns(repositories);
      if (given === true) {
        const key = await register({ name, role, repositories: limits });
        return await output.print({ ...key, database }, () => summaryOf(key, database));
      }
      const { key, secret } = await create({ name, role, repositories: limits });
      await output.print({ ...key, key: secret, database }, () => secret);
      await output.note(
        `${summaryOf(key, database)}
It is not shown again. It goes in the header
  authorization: Bearer KEY
and over WebSocket in connectionParams: { "authorization": "Bearer KEY" }.`,
      );
    });
}

function listCommand({ local, output }: Tools) {
  return new Command("list").description("Lists all keys, revoked ones too.").action(async () => {
    const { database, list } = await local.keys();
    const found = await list();
    if (found.length > 0) await output.table(COLUMNS)(found);
    else await output.note(`There are no keys in the database ${database}.`);
  });
}

function revokeCommand({ local, output }: Tools) {
  return new Command("revoke")
    .description("Ends a key, and what is connected with it, within seconds.")
    .argument("<id>", "as `tracker keys list` shows it", parseId)
    .action(async (id) => {
      const { database, revoke } = await local.keys();
      const revoked = await revoke(id);
      if (revoked === null) {
        throw new TrackerError("NOT_FOUND", `There is no key ${id} in the database ${database}.`);
      }
      const { key } = revoked;
      await output.print(key, () => `Key ${key.id} (${key.name}) is revoked.`);
    });
}

function parseName(text: string): string {
  return asArgument(() => parseKeyName(text));
}

/** Checks each by itself, so that a fault is told of the one that has it. */
function parsePattern(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...asArgument(() => parsePatterns([text]))];
}

function asArgument<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (isTrackerError(error)) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

function parseRole(text: string): ApiRole {
  const role = API_ROLES.find((known) => known.toLowerCase() === text.toLowerCase());
  if (role === undefined) throw new InvalidArgumentError("There are reader, operator and writer.");
  return role;
}

function parseId(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 1.");
}

function summaryOf({ id, name, role, repositories }: ApiKey, database: string): string {
  return `Key ${id} (${name}, ${role.toLowerCase()}, ${limitsOf(repositories)}), in the database ${database}.`;
}

function limitsOf(repositories: readonly string[]): string {
  return scopeOf(repositories) === null ? "all" : repositories.join(" ") || "none";
}

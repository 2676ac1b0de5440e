import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { safeLine } from "../terminal/terminal-text.js";
import { FILES } from "./shell-scripts.js";

/** What the word at the cursor may become. */
export interface Candidate {
  readonly value: string;
  /** In a few words. */
  readonly about: string;
}

/** Names of tracked repositories that may begin so. */
export type FindRepositories = (begin: string) => Promise<readonly string[]>;

/** What a shell would take for more than a word is left to be typed: names come from a server. */
const PLAIN = /^[\w./:@+-]+$/;

/** For the last of the words, by those before it and the commands that there are. */
export async function findCandidates(
  program: CommandUnknownOpts,
  words: readonly string[],
  findRepositories: FindRepositories,
): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? "";
  const place = findPlace(program, words.slice(0, -1));
  if (place.option?.long === "--output") return [{ value: FILES, about: "" }];
  const all = await candidatesAt(place, current, findRepositories);
  return all
    .filter(({ value }) => value.startsWith(current) && PLAIN.test(value))
    .map(({ value, about }) => ({ value, about: safeLine(about).replace(/[.;:].*/, "") }));
}

/** Where the words before the cursor lead. */
interface Place {
  readonly command: CommandUnknownOpts;
  /** What a value is due of. */
  readonly option: Option | null;
  readonly operandCount: number;
  /** Help is asked about one of its commands. */
  readonly isHelp: boolean;
}

function findPlace(program: CommandUnknownOpts, before: readonly string[]): Place {
  let place: Place = { command: program, option: null, operandCount: 0, isHelp: false };
  for (const word of before) place = follow(place, word);
  return place;
}

function follow(place: Place, word: string): Place {
  const { command, option, operandCount, isHelp } = place;
  if (option !== null) return { ...place, option: null };
  if (word.startsWith("-")) {
    const named = command.options.find(({ long, short }) => long === word || short === word);
    return { ...place, option: named?.required === true ? named : null };
  }
  const called = command.commands.find((each) => each.name() === word);
  if (called !== undefined && operandCount === 0) return { ...place, command: called };
  const isFirstHelp = word === "help" && command.commands.length > 0 && !isHelp;
  return isFirstHelp ? { ...place, isHelp: true } : { ...place, operandCount: operandCount + 1 };
}

async function candidatesAt(
  { command, option, operandCount, isHelp }: Place,
  current: string,
  findRepositories: FindRepositories,
): Promise<readonly Candidate[]> {
  if (option !== null) return asCandidates(option.argChoices ?? []);
  const help = command.createHelp();
  if (current.startsWith("-")) {
    return help
      .visibleOptions(command)
      .map(({ long, short, description }) => ({ value: long ?? short ?? "", about: description }));
  }
  if (command.commands.length > 0) {
    return help
      .visibleCommands(command)
      .map((each) => ({ value: each.name(), about: each.description() }))
      .filter(({ value }) => !(isHelp && value === "help"));
  }
  const { registeredArguments: operands } = command;
  const operand = operands[operandCount] ?? (operands.at(-1)?.variadic ? operands.at(-1) : null);
  if (operand?.name() !== "repository" || isHelp) return asCandidates(operand?.argChoices ?? []);
  return asCandidates(await findRepositories(current));
}

function asCandidates(values: readonly string[]): readonly Candidate[] {
  return values.map((value) => ({ value, about: "" }));
}

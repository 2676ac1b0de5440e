import { once } from "node:events";
import { Command, Option } from "@commander-js/extra-typings";
import { ServerError } from "../client/server-error.js";
import { withCommitFilter } from "../commit-filter.js";
import { type CommitPage, readCommitPages } from "../export/commit-pages.js";
import { EXPORT_FORMATS, type ExportFormat, formatOf } from "../export/export-format.js";
import { createExportProgress, type ExportProgress } from "../export/export-progress.js";
import { type ExportTarget, toFile, toOutput } from "../export/export-target.js";
import type { Fault } from "../terminal/output.js";
import { count } from "../terminal/terminal-text.js";
import type { Tools } from "../tools.js";

export function exportCommand(tools: Tools) {
  const { output, interrupt } = tools;
  return withCommitFilter(new Command("export"))
    .description(
      "Writes all commits with all that is known of them, in the order in which they were stored. What is interrupted can be gone on with.",
    )
    .argument("[repository]", "owner/name, or an id; absent: of all together")
    .addOption(
      new Option(
        "--format <format>",
        "an object a line, or a table for spreadsheets; absent: as --output ends",
      ).choices(EXPORT_FORMATS),
    )
    .option("--orphaned", "those too that a rewrite of history has left behind", false)
    .option("--output <file>", "write there; `-`: to standard output")
    .option("--resume", "go on where --output ends, or begin it", false)
    .option("--after <cursor>", "only what was stored after the commit with this cursor")
    .action(async (repository, options, command) => {
      const { format: name, orphaned, output: file, resume, after = null, ...given } = options;
      const path = file === "-" ? undefined : file;
      if (resume && path === undefined) command.error("error: --resume takes --output <file>");
      if (resume && after !== null) command.error("error: --resume knows its cursor: no --after");
      const signal = interrupt();
      const format = formatOf(name, path);
      const target =
        path === undefined
          ? toOutput(output, format, { after, signal })
          : await toFile(path, format, { after, isResumed: resume });
      const filter = { ...given, ...(orphaned && { reachable: null }) };
      const pages = readCommitPages(tools, { repository, filter, after: target.after });
      try {
        await exportAll(tools, { pages, format, target, path, signal });
      } finally {
        await target.close();
      }
    });
}

interface Export {
  readonly pages: AsyncGenerator<CommitPage | null, void, undefined>;
  readonly format: ExportFormat;
  readonly target: ExportTarget;
  readonly path: string | undefined;
  readonly signal: AbortSignal;
}

/** Page by page, each written before the next is asked for; whatever ends it, what is written is whole. */
async function exportAll(tools: Tools, { pages, format, target, path, signal }: Export) {
  const { output, answerNo } = tools;
  const isWatched = output.isLive && (path !== undefined || !output.isOnTerminal);
  const aborted = once(signal, "abort").then(() => "aborted" as const);
  let progress: ExportProgress | null = null;
  let doneCount = target.count;
  let cursor = target.after;
  const fail = async (message: string, code: string) => {
    answerNo();
    await output.fault(unfinished(`${message}, after ${count(doneCount)} commits`, code));
    await output.tell({ cursor }, () => comeBack(path, cursor));
  };
  try {
    for (;;) {
      const next = await Promise.race([pages.next(), aborted]);
      if (next === "aborted") return await fail("It was interrupted", "INTERRUPTED");
      if (next.done === true) break;
      if (next.value === null) return await fail("The server has been away too long", "TIMEOUT");
      const { commits, total } = next.value;
      await target.write(commits.map(format.record).join(""));
      doneCount += commits.length;
      cursor = commits.at(-1)?.cursor ?? cursor;
      if (isWatched) {
        // Of what comes after a cursor alone nobody knows how many it is.
        const isWhole = target.after === null || target.count > 0;
        const counted = { before: target.count, total: isWhole ? total : null };
        progress ??= createExportProgress(output, counted);
        progress.show(doneCount);
      }
    }
  } catch (error) {
    if (error instanceof ServerError && cursor !== target.after)
      await output.tell({ cursor }, () => comeBack(path, cursor));
    throw error;
  } finally {
    progress?.clear();
  }
  if (isWatched) await output.note(`${count(doneCount)} commits, up to the cursor ${cursor}`);
}

function unfinished(message: string, code: string): Fault {
  return { message: `${message}.`, code, advice: null };
}

function comeBack(path: string | undefined, cursor: string | null): string {
  if (path !== undefined) return "Go on with the same, and --resume.";
  return cursor === null ? "Begin again." : `Go on with the same, and --after '${cursor}'.`;
}

import { type Page, readPages } from "../client/pages.js";
import type { Output } from "./output.js";
import type { Column } from "./table.js";

/** Shows a list as it is read; where there is nothing, says so. */
export async function showPages<Row>(
  output: Output,
  readPage: (place: { first: number; after: string | null }) => Promise<Page<Row>>,
  list: { columns: readonly Column<Row>[]; whenEmpty: string; limit?: number },
): Promise<void> {
  const show = output.table(list.columns);
  let isEmpty = true;
  for await (const rows of readPages(readPage, list.limit)) {
    if (rows.length === 0) continue;
    isEmpty = false;
    await show(rows);
  }
  if (isEmpty) await output.note(list.whenEmpty);
}

import { setFlagsFromString } from "node:v8";

/** Beyond what was in use after the last full collection: then the next one is due. */
const GROWTH_PERCENT = 30;
const YOUNG_MB_MAX = 8;

/**
 * Has V8 collect sooner than it would: left alone it lets four times what is in use pile up, and whoever
 * sends ever new operations has a process take hundreds of megabytes that nothing needs.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  setFlagsFromString(`--max-semi-space-size=${YOUNG_MB_MAX}`);
}

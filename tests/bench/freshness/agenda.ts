/** What happens when, on a virtual clock; what was put first of two at one time happens first. */
export class Agenda {
  readonly #entries: { readonly at: number; readonly run: () => void | Promise<void> }[] = [];

  put(at: number, run: () => void | Promise<void>): void {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, { at, run });
  }

  /** Infinity: nothing is left. */
  nextAt(): number {
    return this.#entries[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  async runNext(): Promise<void> {
    await this.#entries.shift()?.run();
  }
}

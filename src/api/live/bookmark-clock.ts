/** When a channel's followers are due a word on where they stand: while others' events pass, no oftener. */
export class BookmarkClock {
  #toldAt = performance.now();
  #told: bigint;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly everyMs: number,
    private readonly onDue: () => void,
    position: bigint,
  ) {
    this.#told = position;
  }

  /** An event of this sequence was told, and moved their cursors by itself. */
  told(sequence: bigint): void {
    this.#told = sequence;
    this.#toldAt = performance.now();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** All up to this sequence has passed. */
  passed(sequence: bigint): void {
    if (sequence <= this.#told || this.#timer !== undefined) return;
    const dueMs = this.#toldAt + this.everyMs - performance.now();
    this.#timer = setTimeout(this.onDue, Math.max(0, dueMs));
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

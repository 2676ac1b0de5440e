import type { Random } from "../../../src/github-stand-in/seeded-random.js";

/** Exponentially distributed with this mean. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}

/** 1, 2, 3 … with this mean. */
export function geometric(random: Random, mean: number): number {
  if (mean <= 1) return 1;
  return 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / mean));
}

/** 1 … most, each as likely as its power -exponent. */
export class PowerLaw {
  readonly mean: number;
  readonly #cumulative: number[] = [];

  constructor(exponent: number, most: number) {
    let total = 0;
    let weighted = 0;
    for (let value = 1; value <= most; value += 1) {
      total += value ** -exponent;
      weighted += value ** (1 - exponent);
      this.#cumulative.push(total);
    }
    this.mean = weighted / total;
  }

  draw(random: Random): number {
    const at = random() * (this.#cumulative.at(-1) ?? 0);
    return this.#cumulative.findIndex((sum) => sum >= at) + 1;
  }
}

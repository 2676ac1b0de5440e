/** How much one history may take. */
export interface GitLimits {
  /** Of what comes over the wire. */
  readonly packBytesMax: number;
  /** Of one commit; a larger one is odd, and never held. */
  readonly commitBytesMax: number;
  /** From the request until it has arrived as a whole. */
  readonly arrivalMsMax: number;
  /** Without a byte from GitHub or from git while one is waited for. */
  readonly silenceMsMax: number;
  /** That must be left on the disk that holds the folder. */
  readonly freeBytesMin: number;
}

export const GIT_LIMITS: GitLimits = {
  packBytesMax: 4_000_000_000,
  commitBytesMax: 32_000_000,
  arrivalMsMax: 15 * 60_000,
  silenceMsMax: 60_000,
  freeBytesMin: 1_000_000_000,
};

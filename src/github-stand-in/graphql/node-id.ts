/**
 * GitHub's global node ids. New form: a prefix, `_`, and base64url (no padding) of the msgpack array
 * `[0, ...key]`. Old form: base64 of `0<length of type>:<Type><key>`. GitHub accepts both as input.
 * https://docs.github.com/en/graphql/guides/migrating-graphql-global-node-ids
 */
export type NodeKey =
  | { readonly type: "Repository"; readonly databaseId: number }
  | { readonly type: "Commit"; readonly repositoryDatabaseId: number; readonly oid: string };

export function repositoryId(databaseId: number): string {
  return `R_${encodeKey([databaseId])}`;
}

export function legacyRepositoryId(databaseId: number): string {
  return Buffer.from(`010:Repository${databaseId}`).toString("base64");
}

export function commitId(repositoryDatabaseId: number, oid: string): string {
  return `C_${encodeKey([repositoryDatabaseId, oid])}`;
}

export function refId(repositoryDatabaseId: number, qualifiedName: string): string {
  return `REF_${encodeKey([repositoryDatabaseId, qualifiedName])}`;
}

export function userId(databaseId: number): string {
  return `U_${encodeKey([databaseId])}`;
}

export function organizationId(databaseId: number): string {
  return `O_${encodeKey([databaseId])}`;
}

/** What an id names, null when it is none of the kinds above. */
export function parseNodeId(id: string): NodeKey | null {
  const [, prefix, encoded] = /^([A-Z]+)_([\w-]+)$/.exec(id) ?? [];
  if (prefix === undefined || encoded === undefined) return parseLegacyId(id);
  const key = decodeKey(Buffer.from(encoded, "base64url"));
  const [first, second] = key ?? [];
  if (typeof first !== "number") return null;
  if (prefix === "R" && key?.length === 1) return { type: "Repository", databaseId: first };
  if (prefix === "C" && key?.length === 2 && typeof second === "string") {
    return { type: "Commit", repositoryDatabaseId: first, oid: second };
  }
  return null;
}

function parseLegacyId(id: string): NodeKey | null {
  const text = Buffer.from(id, "base64").toString("latin1");
  const repository = /^010:Repository(\d+)$/.exec(text)?.[1];
  if (repository !== undefined) return { type: "Repository", databaseId: Number(repository) };
  const [, owner, oid] = /^06:Commit(\d+):([\da-f]{40,64})$/.exec(text) ?? [];
  if (owner === undefined || oid === undefined) return null;
  return { type: "Commit", repositoryDatabaseId: Number(owner), oid };
}

type KeyPart = number | string;

function encodeKey(parts: readonly KeyPart[]): string {
  const array = [Buffer.from([0x90 | (parts.length + 1)]), encodeInteger(0)];
  for (const part of parts) {
    array.push(typeof part === "number" ? encodeInteger(part) : encodeText(part));
  }
  return Buffer.concat(array).toString("base64url");
}

function encodeInteger(value: number): Buffer {
  if (value < 0x80) return Buffer.from([value]);
  const buffer = Buffer.alloc(9);
  if (value <= 0xff) return buffer.subarray(0, buffer.writeUInt8(value, buffer.writeUInt8(0xcc)));
  if (value <= 0xffff) {
    return buffer.subarray(0, buffer.writeUInt16BE(value, buffer.writeUInt8(0xcd)));
  }
  if (value <= 0xffffffff) {
    return buffer.subarray(0, buffer.writeUInt32BE(value, buffer.writeUInt8(0xce)));
  }
  return buffer.subarray(0, buffer.writeBigUInt64BE(BigInt(value), buffer.writeUInt8(0xcf)));
}

/** Up to 31 bytes as fixstr, longer ones as str16: what GitHub's ids show, also for 40 bytes. */
function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 32) return Buffer.concat([Buffer.from([0xa0 | bytes.length]), bytes]);
  return Buffer.concat([Buffer.from([0xda, bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** The parts after the leading 0, null when the bytes are anything else. */
function decodeKey(bytes: Buffer): KeyPart[] | null {
  try {
    const length = bytes.readUInt8(0) & 0x0f;
    if ((bytes.readUInt8(0) & 0xf0) !== 0x90) return null;
    const parts: KeyPart[] = [];
    let at = 1;
    for (let index = 0; index < length; index += 1) {
      const [part, end] = decodePart(bytes, at);
      parts.push(part);
      at = end;
    }
    return at === bytes.length && parts[0] === 0 ? parts.slice(1) : null;
  } catch {
    return null; // shorter than it says, or of a type that ids do not have
  }
}

function decodePart(bytes: Buffer, at: number): [part: KeyPart, end: number] {
  const kind = bytes.readUInt8(at);
  if (kind < 0x80) return [kind, at + 1];
  if (kind === 0xcc) return [bytes.readUInt8(at + 1), at + 2];
  if (kind === 0xcd) return [bytes.readUInt16BE(at + 1), at + 3];
  if (kind === 0xce) return [bytes.readUInt32BE(at + 1), at + 5];
  if (kind === 0xcf) return [Number(bytes.readBigUInt64BE(at + 1)), at + 9];
  const start = kind === 0xda ? at + 3 : at + 1;
  const size = kind === 0xda ? bytes.readUInt16BE(at + 1) : kind & 0x1f;
  if (kind !== 0xda && (kind & 0xe0) !== 0xa0) throw new RangeError("not a part of a node id");
  if (start + size > bytes.length) throw new RangeError("the text is cut short");
  return [bytes.toString("utf8", start, start + size), start + size];
}

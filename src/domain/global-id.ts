/** The types whose objects have an id in the API. */
export type IdentifiedType =
  | ("Repository" | "Commit" | "FailedTask")
  | ("AddOwnerPayload" | "RemoveRepositoryPayload");

/**
 * An object's id in the API: no two types share one, since a client may keep what it has been told by
 * id alone. Readable, for people copy them; a client takes them as they are.
 */
export function globalId(type: IdentifiedType, key: string | number): string {
  return `${type}:${key}`;
}

/** The key in such an id of that type, or the id itself: before there were types, keys were ids. */
export function keyOfId(type: IdentifiedType, id: string): string {
  return id.startsWith(`${type}:`) ? id.slice(type.length + 1) : id;
}

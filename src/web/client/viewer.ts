import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ApiRole, ViewerQuery } from "../operations.generated.js";

export type Viewer = ViewerQuery["viewer"];

const ROLES: readonly ApiRole[] = ["READER", "OPERATOR", "WRITER"];

/** Until it is known who asks: nothing is offered that may be refused. */
export const STRANGER: Viewer = { role: "READER", hasKey: false, isLimited: true };

export const ViewerContext = createContext<Viewer>(STRANGER);

/** Whether the key may do what takes at least this role: what it may not do is not offered. */
export function useMay(least: ApiRole): boolean {
  const { role } = useContext(ViewerContext);
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

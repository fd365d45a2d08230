import type { Permission, User } from "@/api/schema";

/** Whether the API lets this person do it: it answers their permissions with the session. */
export const may = (user: Pick<User, "permissions">, permission: Permission): boolean =>
  user.permissions.includes(permission);

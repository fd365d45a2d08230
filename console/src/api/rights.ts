import type { Permission, User } from "@/api/schema";

/** Whether the user has a permission. The API sends the permissions with the session, and enforces them. */
export const may = (user: Pick<User, "permissions">, permission: Permission): boolean =>
  user.permissions.includes(permission);

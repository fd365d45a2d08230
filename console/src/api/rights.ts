import type { Role, User } from "@/api/schema";

/** What the console offers to whom. It only hides what the API would refuse: the API decides. */
const DEEDS = {
  start: ["OPERATOR", "ADMIN"],
  steer: ["OPERATOR", "ADMIN"],
  decide: ["APPROVER", "ADMIN"],
  readPolicy: ["APPROVER", "AUDITOR", "ADMIN"],
  readAll: ["AUDITOR", "ADMIN"],
  administer: ["ADMIN"],
} satisfies Record<string, Role[]>;

export type Deed = keyof typeof DEEDS;

export const holders = (deed: Deed): Role[] => DEEDS[deed];

export const may = (user: Pick<User, "roles">, deed: Deed): boolean =>
  (DEEDS[deed] as Role[]).some((role) => user.roles.includes(role));

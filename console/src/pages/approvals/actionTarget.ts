import type { Action } from "@/api/schema";

/** What an action acts on, as an approver types it: "payments", or "payments (cluster east)". */
export function actionTarget(action: Pick<Action, "service" | "cluster">): string {
  return action.cluster ? `${action.service} (cluster ${action.cluster})` : action.service;
}

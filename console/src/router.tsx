import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
} from "@tanstack/react-router";
import { patiently } from "@/api/patience";
import { adminSearch } from "@/pages/admin/search";
import { auditSearch } from "@/pages/audit/search";
import { missionSearch } from "@/pages/missions/search";
import { NotFoundPage } from "@/shell/NotFoundPage";
import { Shell } from "@/shell/Shell";
import { Skeleton } from "@/ui/Skeleton";

const page = <Module extends Record<string, unknown>, Name extends keyof Module & string>(
  load: () => Promise<Module>,
  name: Name,
) => lazyRouteComponent(() => patiently(load), name);

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/missions" });
  },
});

const missions = createRoute({
  getParentRoute: () => root,
  path: "/missions",
  validateSearch: missionSearch,
  component: page(() => import("@/pages/missions/MissionsPage"), "MissionsPage"),
});

const newMission = createRoute({
  getParentRoute: () => root,
  path: "/new",
  component: page(() => import("@/pages/new/NewMissionPage"), "NewMissionPage"),
});

const mission = createRoute({
  getParentRoute: () => root,
  path: "/missions/$id",
  component: page(() => import("@/pages/mission/MissionPage"), "MissionPage"),
});

/** The step that the live view shows; without it the newest one. */
const stepSearch = (search: Record<string, unknown>): { at?: number } => {
  const seq = Number(search.at);
  return Number.isInteger(seq) && seq > 0 ? { at: seq } : {};
};

const live = createRoute({
  getParentRoute: () => mission,
  path: "/",
  validateSearch: stepSearch,
  component: page(() => import("@/pages/mission/LiveView"), "LiveView"),
});

const cause = createRoute({
  getParentRoute: () => mission,
  path: "cause",
  component: page(() => import("@/pages/mission/cause/CauseView"), "CauseView"),
});

const change = createRoute({
  getParentRoute: () => mission,
  path: "change",
  component: page(() => import("@/pages/mission/change/ChangeView"), "ChangeView"),
});

const report = createRoute({
  getParentRoute: () => mission,
  path: "report",
  component: page(() => import("@/pages/mission/report/ReportView"), "ReportView"),
});

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  component: page(() => import("@/pages/approvals/ApprovalsPage"), "ApprovalsPage"),
});

const approval = createRoute({
  getParentRoute: () => approvals,
  path: "$approvalId",
  component: page(() => import("@/pages/approvals/ApprovalRoute"), "ApprovalRoute"),
});

const admin = createRoute({
  getParentRoute: () => root,
  path: "/admin",
  validateSearch: adminSearch,
  component: page(() => import("@/pages/admin/AdminPage"), "AdminPage"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: auditSearch,
  component: page(() => import("@/pages/audit/AuditPage"), "AuditPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: page(() => import("@/pages/settings/SettingsPage"), "SettingsPage"),
});

const tree = root.addChildren([
  home,
  missions,
  newMission,
  mission.addChildren([live, cause, change, report]),
  approvals.addChildren([approval]),
  admin,
  audit,
  settings,
]);

export const makeRouter = (history?: RouterHistory) =>
  createRouter({
    routeTree: tree,
    defaultPreload: "intent",
    defaultPendingComponent: () => <Skeleton />,
    defaultPendingMs: 200,
    scrollRestoration: false,
    ...(history ? { history } : {}),
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

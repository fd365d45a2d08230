import { type ReactNode, useState } from "react";
import { signOut } from "@/api/authentication";
import { useUser } from "@/api/session";
import { useNow } from "@/format/clock";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import type { Key } from "@/i18n/en";
import { Passkeys } from "@/pages/settings/Passkeys";
import { Password } from "@/pages/settings/Password";
import { Providers } from "@/pages/settings/Providers";
import { SecondFactor } from "@/pages/settings/SecondFactor";
import { Sessions } from "@/pages/settings/Sessions";
import { type Preferences, setPreferences, usePreferences } from "@/prefs/preferences";
import { ShortcutList } from "@/shell/ShortcutList";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { DescriptionList, Panel } from "@/ui/Panel";

/** The user's profile, preferences and credentials. */
export function SettingsPage() {
  const t = useT();
  const user = useUser();
  const [showKeys, setShowKeys] = useState(false);
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-4 p-4 lg:p-6">
      <h1 className="text-xl font-semibold">{t("settings")}</h1>
      <Panel
        title={t("profile")}
        aside={
          <Button small icon="external" onClick={() => void signOut()}>
            {t("signOut")}
          </Button>
        }
      >
        <DescriptionList
          items={[
            [t("name"), truncate(user.name, 100)],
            [t("email"), user.email],
            [t("organization"), user.org],
            [
              t("roles"),
              <span key="roles" className="flex flex-wrap gap-1">
                {user.roles.map((role) => (
                  <Badge key={role}>{word(t, "role", role)}</Badge>
                ))}
              </span>,
            ],
          ]}
        />
      </Panel>
      <Panel title={t("appearance")}>
        <div className="flex flex-col gap-4">
          <Choice name="theme" label={t("theme")} values={["system", "light", "dark"]} />
          <Choice name="density" label={t("density")} values={["compact", "comfortable"]} />
          <Choice name="language" label={t("language")} values={["en", "de"]} />
          <Choice name="zone" label={t("zone")} values={["local", "utc"]} hint={<Clock />} />
        </div>
      </Panel>
      <Sessions />
      <Password />
      <Passkeys />
      <Providers />
      <SecondFactor />
      <Panel title={t("notifications")}>
        <Alerts />
      </Panel>
      <Panel title={t("shortcuts")}>
        <Button onClick={() => setShowKeys(true)} keys="?">
          {t("showShortcuts")}
        </Button>
        {showKeys && <ShortcutList onClose={() => setShowKeys(false)} />}
      </Panel>
    </div>
  );
}

function Choice<Name extends "theme" | "density" | "language" | "zone">({
  name,
  label,
  values,
  hint,
}: {
  name: Name;
  label: string;
  values: readonly Preferences[Name][];
  hint?: ReactNode;
}) {
  const t = useT();
  const chosen = usePreferences()[name];
  return (
    <fieldset className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1">
      <legend className="float-left font-medium">{label}</legend>
      <div className="flex items-center gap-3">
        {hint}
        <div className="inline-flex overflow-hidden rounded-md border border-line-strong">
          {values.map((value) => (
            <label
              key={value}
              className="flex min-h-8 cursor-pointer items-center border-line px-3 not-last:border-r has-checked:bg-accent-soft has-checked:font-medium has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name={name}
                className="sr-only"
                checked={chosen === value}
                onChange={() => setPreferences({ [name]: value })}
              />
              {t(`${name}.${value}` as Key)}
            </label>
          ))}
        </div>
      </div>
    </fieldset>
  );
}

function Clock() {
  const { time } = useFormats();
  return <span className="num text-xs text-ink-3">{time(new Date(useNow()).toISOString())}</span>;
}

/** Desktop notifications need a permission that a page can request only after a click. */
function Alerts() {
  const t = useT();
  const { alerts } = usePreferences();
  const [permission, setPermission] = useState(globalThis.Notification?.permission ?? "denied");
  const toggle = async () => {
    if (alerts) return setPreferences({ alerts: false });
    const answer = await Notification.requestPermission();
    setPermission(answer);
    if (answer === "granted") setPreferences({ alerts: true });
  };
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="max-w-[52ch] text-ink-2">{t(permission === "denied" ? "alertsDenied" : "alertsText")}</p>
      <Button
        aria-pressed={alerts}
        disabled={permission === "denied"}
        icon="bell"
        onClick={() => void toggle()}
      >
        {t(alerts ? "alertsOff" : "alertsOn")}
      </Button>
    </div>
  );
}

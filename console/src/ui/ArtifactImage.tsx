import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { linkQuery } from "@/api/queries";
import type { EventArtifact } from "@/api/schema";
import { visible } from "@/format/text";
import { useT } from "@/i18n";
import { Icon } from "@/ui/icons";

/** An artifact through its presigned link. A link that has expired is requested again, once. */
export function ArtifactImage({
  artifact,
  className = "",
  eager = false,
}: {
  artifact: EventArtifact;
  className?: string;
  eager?: boolean;
}) {
  const t = useT();
  const link = useQuery({ ...linkQuery(artifact.id), refetchOnWindowFocus: false, refetchOnMount: false });
  const [failures, setFailures] = useState(0);
  if (link.error || failures > 1) {
    return (
      <div
        role="img"
        aria-label={t("noScreenshot")}
        className={`grid place-items-center bg-sunken text-ink-3 ${className}`}
      >
        <span className="flex items-center gap-2 text-xs">
          <Icon name="camera" /> {t("noScreenshot")}
        </span>
      </div>
    );
  }
  if (!link.data) return <div className={`animate-pulse-soft bg-sunken ${className}`} />;
  return (
    <img
      src={link.data.url}
      alt={visible(artifact.title)}
      loading={eager ? "eager" : "lazy"}
      decoding="async"
      draggable={false}
      className={className}
      onError={() => {
        setFailures(failures + 1);
        if (failures === 0) void link.refetch();
      }}
    />
  );
}

import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorState, StaleNotice } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";

/** One answer in all its states: skeleton, error with Retry, stale with a notice, content. */
export function QueryView<Data>({
  query,
  skeleton,
  children,
}: {
  query: Pick<UseQueryResult<Data>, "data" | "error" | "isFetching"> & { refetch: () => unknown };
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error && <StaleNotice error={query.error} retry={() => query.refetch()} />}
        {children(query.data)}
      </>
    );
  }
  if (query.error)
    return <ErrorState error={query.error} retry={() => query.refetch()} busy={query.isFetching} />;
  return skeleton ?? <Skeleton />;
}

import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorState, StaleNotice } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";

/** The states of a query: skeleton, error with Retry, content, and content that could not be refreshed. */
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

import { useCallback } from "react";
import type { Step } from "@/api/schema";
import { useGerman } from "@/i18n";

/** A step's title or detail in the person's language: the API tells it in English. */
export function useStepWords(): (sentence: Step["title"]) => string {
  const german = useGerman();
  return useCallback((sentence) => german?.inGerman(sentence) ?? sentence, [german]);
}

import { findingGroups, type FindingCode } from './catalogue.ts';
import { findingRules } from './findings/index.ts';

/** A code of the catalogue, as data. */
export interface CatalogueEntry {
  readonly code: FindingCode;
  readonly group: keyof typeof findingGroups;
  /** A few words, without a full stop. */
  readonly title: string;
  /** The page, from the root of the repository. */
  readonly docs: string;
}

/** The catalogue in the order of its groups. */
export const catalogue: readonly CatalogueEntry[] = Object.entries(findingGroups).flatMap(([group, codes]) =>
  codes.map((code) => ({
    code,
    group: group as keyof typeof findingGroups,
    title: findingRules[code].title,
    docs: `docs/findings/${code}.md`,
  })),
);

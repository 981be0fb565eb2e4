/** One text in the two languages every page has. */
export interface Localized {
  readonly en: string;
  readonly ru: string;
}

/** How much a person should think before allowing it. */
export type Sensitivity = 'low' | 'medium' | 'high';

import type { FormValues } from '../../http/routing/page-route.ts';
import { choseToShare } from '../../receipts/index.ts';
import { durationsUpTo, type Duration } from '../duration.ts';
import { DURATION_FIELD, fieldOf } from './consent-form.ts';
import { longestOf, usualDuration, type PromptItem } from './consent-prompt.ts';

/** One duration for all values, and those that differ from it. */
export function presentDuration(items: readonly PromptItem[], formValues: FormValues | undefined) {
  const selectable = items.filter(({ missing, isEssential }) => missing === null || isEssential);
  const longest = longestOf(items);
  const options = longest === null ? [] : durationsUpTo(longest);
  const agreed = new Set(items.flatMap(({ previous }) => agreedDuration(previous) ?? []));
  const [common] = agreed.size === 1 ? [...agreed] : [];
  const wanted = formValues === undefined ? (common ?? '1_year') : formValues[DURATION_FIELD];
  const selected =
    options.find((duration) => duration === wanted) ?? withinAYear(options) ?? ('once' as const);
  const rows = selectable.map((item) => {
    const usual = usualDuration(item, selected);
    return {
      claim: item.claim,
      title: item.title,
      durations: item.durations,
      /** Of this claim when the duration of all is selected. */
      usual,
      field: fieldOf.duration(item.claim),
      own: ownDuration(item, usual, formValues),
    };
  });
  const [only, second] = rows;
  if (only === undefined || second !== undefined)
    return { field: DURATION_FIELD as string, options, selected, rows };
  // The duration of the only claim is its own.
  const chosen = only.own === '' ? only.usual : only.own;
  return { field: only.field, options: only.durations, selected: chosen, rows };
}

function withinAYear(options: readonly Duration[]): Duration | undefined {
  return options.findLast((duration) => duration !== 'until_withdrawn');
}

export type DurationView = ReturnType<typeof presentDuration>;

/** The duration that the person agreed to before; undefined when the claim was not shared. */
function agreedDuration(previous: PromptItem['previous']): Duration | undefined {
  return previous !== null && choseToShare(previous) ? previous.duration : undefined;
}

/** The duration of one claim when it has its own; empty: that of all. */
function ownDuration(
  { claim, previous, durations }: PromptItem,
  usual: Duration,
  formValues: FormValues | undefined,
): Duration | '' {
  const typed = formValues?.[fieldOf.duration(claim)];
  const wanted = formValues === undefined ? agreedDuration(previous) : typed;
  const known = durations.find((duration) => duration === wanted);
  return known === undefined || known === usual ? '' : known;
}

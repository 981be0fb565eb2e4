import type { Visitor } from '../support/people/visitor.ts';
import { DURATIONS, type Duration } from './who-may-see-what.ts';

/** Chooses a value and a duration for each claim on the consent page. `choices` are taken in turn, modulo the options. */
export function chooseOnPage(
  { page }: Visitor,
  choices: readonly number[],
): Map<string, { value: string; duration: Duration | null }> {
  const offered = new Map<string, string[]>();
  for (const element of page.document.querySelectorAll('[name^="claim."], [name^="duration."]')) {
    const name = element.getAttribute('name') ?? '';
    const options =
      element.tagName === 'SELECT'
        ? element.querySelectorAll('option').map((option) => option.getAttribute('value') ?? '')
        : [element.getAttribute('value') ?? ''];
    offered.set(name, [...(offered.get(name) ?? []), ...options]);
  }
  let turn = 0;
  const pick = (options: readonly string[]): string => {
    const choice = choices[turn % choices.length] ?? 0;
    turn += 1;
    return options[choice % options.length] ?? '';
  };
  const chosen = new Map<string, { value: string; duration: Duration | null }>();
  for (const [name, options] of offered) {
    if (!name.startsWith('claim.')) continue;
    const claim = name.slice('claim.'.length);
    const durations = offered.get(`duration.${claim}`);
    const duration = durations === undefined ? null : pick(durations);
    chosen.set(claim, {
      value: pick(options),
      duration: DURATIONS.find((known) => known === duration) ?? null,
    });
  }
  return chosen;
}

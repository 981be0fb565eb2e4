import type { HTMLElement } from 'node-html-parser';

import type { FormValues } from '../support/http/html-form.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { DURATIONS, type Duration } from './who-may-see-what.ts';

/** The choice for one claim. */
export interface Chosen {
  /** The id of a value, or `refuse`. A value that was entered has its id only after it is saved. */
  value: string;
  readonly duration: Duration | null;
}

/** What a person chooses on the consent page. */
export interface Choices {
  readonly fields: FormValues;
  readonly chosen: Map<string, Chosen>;
  /** Claim -> a value that was missing and is entered on the page. */
  readonly entered: ReadonlyMap<string, string>;
  /** Claims that are missing and are added on pages of their own. */
  readonly addedElsewhere: readonly string[];
}

interface ChooseOptions {
  /** Taken in turn, modulo the options. */
  readonly choices: readonly number[];
  readonly longestOf: (claim: string) => Duration;
  /** A new value for a claim that the person does not have. */
  readonly newValue: (claim: string) => string;
}

const USUAL: Duration = '1_year';

/** Chooses a value and a duration for each claim on the consent page; a missing value is entered or left out. */
export function chooseOnPage({ page }: Visitor, options: ChooseOptions): Choices {
  const { document } = page;
  let turn = 0;
  const pick = (offered: readonly string[]): string => {
    const choice = options.choices[turn % options.choices.length] ?? 0;
    turn += 1;
    return offered[choice % offered.length] ?? '';
  };
  const fields: Record<string, string | null> = {};
  const durations = new Map<string, string>();
  for (const [name, offered] of offeredUnder(document, 'duration')) {
    const duration = pick(offered);
    fields[name] = duration;
    durations.set(name, duration);
  }
  const durationOf = (claim: string): Duration | null => {
    const own = durations.get(`duration.${claim}`) ?? '';
    const known = DURATIONS.find((duration) => duration === own);
    const common = DURATIONS.find((duration) => duration === durations.get('duration')) ?? USUAL;
    return known ?? shorter(common, options.longestOf(claim));
  };
  const chosen = new Map<string, Chosen>();
  for (const [name, offered] of offeredUnder(document, 'claim.')) {
    const claim = name.slice('claim.'.length);
    const isSwitch = document.querySelector(`[name="${name}"]`)?.getAttribute('role') === 'switch';
    const value = pick(isSwitch ? [...offered, 'refuse'] : offered);
    // A switch that is off sends no field.
    fields[name] = isSwitch && value === 'refuse' ? null : value;
    chosen.set(claim, { value, duration: durationOf(claim) });
  }
  const entered = new Map<string, string>();
  for (const name of offeredUnder(document, 'add.').keys()) {
    const claim = name.slice('add.'.length);
    if (pick(['left out', 'entered']) === 'entered') {
      entered.set(claim, options.newValue(claim));
      fields[name] = entered.get(claim) ?? '';
    }
    chosen.set(claim, { value: 'refuse', duration: durationOf(claim) });
  }
  const addedElsewhere = document
    .querySelectorAll('button[value^="add."]')
    .map((button) => (button.getAttribute('value') ?? '').slice('add.'.length));
  for (const claim of addedElsewhere) chosen.set(claim, { value: 'refuse', duration: null });
  return { fields, chosen, entered, addedElsewhere };
}

/** Field -> its values, of the fields whose name begins with `prefix`. */
function offeredUnder(document: HTMLElement, prefix: string): ReadonlyMap<string, string[]> {
  const offered = new Map<string, string[]>();
  for (const element of document.querySelectorAll(
    `input[name^="${prefix}"], select[name^="${prefix}"]`,
  )) {
    const name = element.getAttribute('name') ?? '';
    const values =
      element.tagName === 'SELECT'
        ? element.querySelectorAll('option').map((option) => option.getAttribute('value') ?? '')
        : [element.getAttribute('value') ?? ''];
    offered.set(name, [...(offered.get(name) ?? []), ...values]);
  }
  return offered;
}

function shorter(one: Duration, other: Duration): Duration {
  return DURATIONS.indexOf(one) <= DURATIONS.indexOf(other) ? one : other;
}

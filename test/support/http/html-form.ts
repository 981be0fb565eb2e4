import { parse, type HTMLElement } from 'node-html-parser';

/** Values by field name; null omits the field, an array sends several values. */
export type FormValues = Readonly<Record<string, string | readonly string[] | null>>;

/** A form and the button to press. */
export interface FoundForm {
  readonly form: HTMLElement;
  readonly button: HTMLElement | null;
}

/** The submission that a browser would send. */
export interface FormSubmission {
  readonly method: 'get' | 'post';
  readonly action: string | null;
  readonly fields: URLSearchParams;
}

/** Parses HTML without scripts and styles in its text. */
export function openDocument(html: string): HTMLElement {
  return parse(html, { blockTextElements: { script: false, style: false, noscript: true } });
}

/** A text as it is seen: white space is one space, and the joiners of words are not visible. */
export function seenText(text: string): string {
  return text.replaceAll('\u2060', '').replaceAll(/\s+/g, ' ').trim();
}

/** Finds a form by a selector of the form or of one of its buttons. @returns null without a match. */
export function findForm(document: HTMLElement, match: string): FoundForm | null {
  const element = document.querySelector(match);
  if (element === null) return null;
  if (element.tagName === 'FORM') return { form: element, button: firstButton(element) };
  const ownerId = element.getAttribute('form');
  const form =
    ownerId === undefined
      ? element.closest('form')
      : document.querySelector(`form[id="${ownerId}"]`);
  return form === null ? null : { form, button: element };
}

function firstButton(form: HTMLElement): HTMLElement | null {
  return form.querySelector('button:not([type=button]):not([type=reset]), input[type=submit]');
}

/**
 * Reads a form as a browser does (hidden fields, ticked boxes, chosen options, the pressed button), then applies `values`.
 * @throws Error when a value names a field that the form does not have, because a person could not have sent it.
 */
export function readForm({ form, button }: FoundForm, values: FormValues): FormSubmission {
  const fields = new URLSearchParams();
  for (const [name, value] of presetFields(form)) fields.append(name, value);
  for (const [name, value] of Object.entries(values)) {
    if (!hasField(form, name))
      throw new Error(`The form has no field "${name}"; it has ${fieldNames(form).join(', ')}`);
    fields.delete(name);
    for (const item of value === null ? [] : [value].flat()) fields.append(name, item);
  }
  const pressed = button?.getAttribute('name');
  if (pressed !== undefined) fields.append(pressed, button?.getAttribute('value') ?? '');
  const method = (
    button?.getAttribute('formmethod') ??
    form.getAttribute('method') ??
    'get'
  ).toLowerCase();
  return {
    method: method === 'post' ? 'post' : 'get',
    action: button?.getAttribute('formaction') ?? form.getAttribute('action') ?? null,
    fields,
  };
}

const BUTTON_TYPES = new Set(['submit', 'button', 'reset', 'image']);

function* presetFields(form: HTMLElement): Iterable<readonly [string, string]> {
  for (const field of fieldsOf(form)) {
    const name = field.getAttribute('name');
    if (name === undefined || field.hasAttribute('disabled')) continue;
    for (const value of presetValues(field)) yield [name, value];
  }
}

function presetValues(field: HTMLElement): readonly string[] {
  if (field.tagName === 'TEXTAREA') return [field.text];
  if (field.tagName === 'SELECT') return chosenOptions(field);
  const type = field.getAttribute('type')?.toLowerCase() ?? 'text';
  if (BUTTON_TYPES.has(type)) return [];
  const isTick = type === 'checkbox' || type === 'radio';
  if (isTick && !field.hasAttribute('checked')) return [];
  return [field.getAttribute('value') ?? (isTick ? 'on' : '')];
}

function chosenOptions(select: HTMLElement): readonly string[] {
  const options = select.querySelectorAll('option');
  const chosen = options.filter((option) => option.hasAttribute('selected'));
  const sent = chosen.length > 0 || select.hasAttribute('multiple') ? chosen : options.slice(0, 1);
  return sent.map((option) => option.getAttribute('value') ?? option.text.trim());
}

function rootOf(element: HTMLElement): HTMLElement {
  // Without a parent at the root, unlike its type.
  const parent: HTMLElement | null = element.parentNode;
  return parent === null ? element : rootOf(parent);
}

/** The fields in the form, and those elsewhere on the page that name it. */
function fieldsOf(form: HTMLElement): readonly HTMLElement[] {
  const page = rootOf(form);
  const id = form.getAttribute('id') ?? '';
  const inside = form.querySelectorAll('input, select, textarea');
  return [
    ...inside.filter((field) => !field.hasAttribute('form')),
    ...(id === '' ? [] : page.querySelectorAll(`[form="${id}"][name]:not(button)`)),
  ];
}

function hasField(form: HTMLElement, name: string): boolean {
  return fieldNames(form).includes(name);
}

function fieldNames(form: HTMLElement): readonly string[] {
  const names = fieldsOf(form).map((field) => field.getAttribute('name'));
  return [...new Set(names.filter((name) => name !== undefined))];
}

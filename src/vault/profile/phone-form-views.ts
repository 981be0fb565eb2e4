import { suggestedCountry } from '../../http/pages/accepted-languages.ts';
import { type FormValues, typedText } from '../../http/routing/page-route.ts';
import { phoneCountries } from '../identifiers/typed-phone.ts';

interface PhoneFormInput {
  readonly locale: string;
  /** The header of the request. */
  readonly acceptLanguage: string;
  readonly formValues: FormValues;
}

/** The countries of a form for a phone number, and the selected one: chosen before, else suggested by the languages of the browser. */
export function phoneForm({ locale, acceptLanguage, formValues }: PhoneFormInput) {
  const isChosen = formValues['country'] !== undefined;
  return {
    countries: phoneCountries(locale),
    country: isChosen ? typedText(formValues, 'country') : (suggestedCountry(acceptLanguage) ?? ''),
  };
}

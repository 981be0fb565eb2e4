/** The exact answers to an app, as JSON; null: the request is refused. */
export interface PreviewModel {
  readonly userinfo: string | null;
  readonly idToken: string | null;
}

interface Answers {
  readonly userinfo: object | null;
  readonly idToken: object | null;
}

/** Writes answers to an app for a person to read. */
export function presentPreview(answers: Answers): PreviewModel {
  const written = (answer: object | null) =>
    answer === null ? null : JSON.stringify(answer, null, 2);
  return { userinfo: written(answers.userinfo), idToken: written(answers.idToken) };
}

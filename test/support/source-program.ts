import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

/** The folder of the repository. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** One error that the source creates: `new AppError(kind, code)` or `new HttpError(status, code)`. */
export interface CreatedError {
  readonly file: string;
  /** Every value that the code can have. Null: its type is not a set of literals. */
  readonly codes: readonly string[] | null;
  readonly hasDetail: boolean;
}

/** Facts about the source of the server, from the compiler. */
export interface SourceFacts {
  readonly errors: readonly CreatedError[];
  /** Texts of all string literals. */
  readonly texts: ReadonlySet<string>;
  /** Unused methods and properties of the faces of slices, as `slice.member`. */
  readonly unusedMembers: readonly string[];
  /** Number of examined members. */
  readonly members: number;
  readonly published: ReadonlySet<string>;
  readonly subscribed: ReadonlySet<string>;
}

/** Reads `src`, `seeds` (which commands run) and the browser code that `src` imports with the TypeScript compiler. Takes some seconds. */
export function readSource(): SourceFacts {
  const { program, checker, files } = openProgram();
  const faces = files.flatMap((file) => membersOfFace(checker, file));
  const wanted = new Set(faces.map(({ name }) => name));
  const used = new Set<ts.Declaration>();
  const errors: CreatedError[] = [];
  const texts = new Set<string>();
  const published = new Set<string>();
  const subscribed = new Set<string>();
  const literals = (node: ts.Expression): readonly string[] =>
    literalsOf(checker.getTypeAtLocation(node)) ?? [];

  const lookForTopics = (node: ts.Node): void => {
    const add = (topics: Set<string>, name: ts.Expression | undefined): void => {
      if (name !== undefined) for (const topic of literals(name)) topics.add(topic);
    };
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'topic')
      add(subscribed, node.initializer);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    const { text } = node.expression.name;
    const [first, second] = node.arguments;
    if (text === 'announcement') add(published, first);
    if (text === 'publish') add(published, second);
    if (text === 'subscribe') add(subscribed, first);
  };
  const look = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text);
    const symbol = usedProperty(checker, node, wanted);
    for (const declaration of symbol?.declarations ?? []) used.add(declaration);
    if (ts.isNewExpression(node)) errors.push(...createdError(checker, node));
    lookForTopics(node);
    ts.forEachChild(node, look);
  };
  for (const file of files) look(file);
  void program;
  const unusedMembers = faces
    .filter(({ declarations }) => !declarations.some((one) => used.has(one)))
    .map(({ place }) => place);
  return { errors, texts, unusedMembers, members: faces.length, published, subscribed };
}

function openProgram() {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const config = ts.getParsedCommandLineOfConfigFile(path.join(PROJECT, 'tsconfig.json'), {}, host);
  if (config === undefined) throw new Error('tsconfig.json cannot be read');
  const roots = ['src', 'seeds', 'views/assets'].map(
    (folder) => `${path.join(PROJECT, folder)}${path.sep}`,
  );
  const isOurs = (name: string): boolean =>
    roots.some((root) => path.resolve(name).startsWith(root));
  const program = ts.createProgram(config.fileNames.filter(isOurs), config.options);
  const files = program.getSourceFiles().filter(({ fileName }) => isOurs(fileName));
  return { program, checker: program.getTypeChecker(), files };
}

interface Member {
  readonly place: string;
  readonly name: string;
  readonly declarations: readonly ts.Declaration[];
}

/** Members of the objects that the `create<Slice>` functions return, nested objects included. */
function membersOfFace(checker: ts.TypeChecker, file: ts.SourceFile): Member[] {
  const [, slice] = /\/src\/([a-z-]+)\/(?:index|create-\1)\.ts$/.exec(file.fileName) ?? [];
  if (slice === undefined) return [];
  return file.statements.flatMap((statement) => {
    if (!ts.isFunctionDeclaration(statement) || !statement.name?.text.startsWith('create'))
      return [];
    const signature = checker.getSignatureFromDeclaration(statement);
    return signature === undefined
      ? []
      : membersOf(checker, checker.getReturnTypeOfSignature(signature), slice);
  });
}

function membersOf(checker: ts.TypeChecker, type: ts.Type, prefix: string): Member[] {
  return checker.getPropertiesOfType(type).flatMap((property) => {
    const declarations = property.declarations ?? [];
    const isOurs = declarations.some(
      (one) => !one.getSourceFile().fileName.includes('/node_modules/'),
    );
    if (!isOurs) return [];
    const place = `${prefix}.${property.name}`;
    const inner = checker.getTypeOfSymbol(property);
    const isGroup = inner.isClassOrInterface() && inner.getCallSignatures().length === 0;
    return [
      { place, name: property.name, declarations },
      ...(isGroup ? membersOf(checker, inner, place) : []),
    ];
  });
}

/** The property that this node reads: `a.name`, or `name` taken out of an object. */
function usedProperty(
  checker: ts.TypeChecker,
  node: ts.Node,
  wanted: ReadonlySet<string>,
): ts.Symbol | undefined {
  if (ts.isPropertyAccessExpression(node) && wanted.has(node.name.text))
    return checker.getSymbolAtLocation(node.name);
  if (!ts.isBindingElement(node) || !ts.isObjectBindingPattern(node.parent)) return undefined;
  const name = node.propertyName ?? node.name;
  if (!ts.isIdentifier(name) || !wanted.has(name.text)) return undefined;
  return checker.getPropertyOfType(checker.getTypeAtLocation(node.parent), name.text);
}

function createdError(checker: ts.TypeChecker, node: ts.NewExpression): CreatedError[] {
  if (!/^(?:App|Http)Error$/.test(node.expression.getText())) return [];
  const [, code, options] = node.arguments ?? [];
  if (code === undefined) return [];
  return [
    {
      file: path.relative(PROJECT, node.getSourceFile().fileName),
      codes: literalsOf(checker.getTypeAtLocation(code)),
      hasDetail: /\bdetail\b/.test(options?.getText() ?? ''),
    },
  ];
}

function literalsOf(type: ts.Type): readonly string[] | null {
  if (type.isStringLiteral()) return [type.value];
  if (!type.isUnion()) return null;
  const parts = type.types.map(literalsOf);
  return parts.includes(null) ? null : parts.flatMap((part) => part ?? []);
}

/** The text of single files and of all files below folders. */
export function textOf(...places: readonly string[]): string {
  return places
    .flatMap((place) => {
      const full = path.join(PROJECT, place);
      if (fs.statSync(full).isFile()) return [full];
      return fs
        .readdirSync(full, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(?:[jt]s|njk)$/.test(name))
        .map((name) => path.join(full, name));
    })
    .map((file) => fs.readFileSync(file, 'utf8'))
    .join('\n');
}

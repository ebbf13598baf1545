import ts from 'typescript';
import { read } from './tree.ts';

export interface Exported {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'const';
}

/** The syntax tree of a file of the checkout. */
export function parse(path: string, at?: string): ts.SourceFile {
  return ts.createSourceFile(path, read(path, at), ts.ScriptTarget.ES2023, true);
}

const isExported = (node: ts.HasModifiers): boolean => ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false;

/** What a file exports that exists at run time. */
export function exportedValues(file: ts.SourceFile): Exported[] {
  const found: Exported[] = [];
  for (const statement of file.statements) {
    if (ts.isFunctionDeclaration(statement) && isExported(statement) && statement.name !== undefined) found.push({ name: statement.name.text, kind: 'function' });
    if (ts.isClassDeclaration(statement) && isExported(statement) && statement.name !== undefined) found.push({ name: statement.name.text, kind: 'class' });
    if (ts.isVariableStatement(statement) && isExported(statement)) {
      for (const declaration of statement.declarationList.declarations) if (ts.isIdentifier(declaration.name)) found.push({ name: declaration.name.text, kind: 'const' });
    }
  }
  return found;
}

/** The text of the docblock right above a node, without its stars; '' where there is none. */
export function docblock(node: ts.Node): string {
  const blocks = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = blocks.at(-1)?.getText() ?? '';
  return text
    .replace(/^\/\*\*\s?|\s*\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/** The exported function of a name, or undefined. */
export function exportedFunction(file: ts.SourceFile, name: string): ts.FunctionDeclaration | undefined {
  return file.statements.find((statement): statement is ts.FunctionDeclaration => ts.isFunctionDeclaration(statement) && isExported(statement) && statement.name?.text === name);
}

export interface ActivityFound {
  readonly name: string;
  readonly file: string;
  readonly doc: string;
}

/** The activities a file offers: the members of the object that its `create…Activities` returns. */
export function activitiesOf(path: string, at?: string): ActivityFound[] {
  const file = parse(path, at);
  const found: ActivityFound[] = [];
  for (const statement of file.statements) {
    if (!ts.isFunctionDeclaration(statement) || !/^create\w+Activities$/.test(statement.name?.text ?? '') || statement.body === undefined) continue;
    for (const inner of statement.body.statements) {
      if (!ts.isReturnStatement(inner) || inner.expression === undefined) continue;
      const object = ts.isAsExpression(inner.expression) || ts.isSatisfiesExpression(inner.expression) ? inner.expression.expression : inner.expression;
      if (!ts.isObjectLiteralExpression(object)) continue;
      for (const property of object.properties) {
        if (property.name !== undefined && (ts.isIdentifier(property.name) || ts.isStringLiteral(property.name))) found.push({ name: property.name.text, file: path, doc: docblock(property) });
        else found.push({ name: property.getText(), file: path, doc: '' });
      }
    }
  }
  return found;
}

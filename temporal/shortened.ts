/** A text of at most so many characters; of a longer one the beginning, with an ellipsis at its end. */
export function shortened(text: string, maxCharacters: number): string {
  const characters = [...text];
  return characters.length <= maxCharacters ? text : `${characters.slice(0, maxCharacters - 1).join('')}…`;
}

/** A larger picture is not drawn before it is saved: all of it would stand in the page’s own text. */
const MAX_SHOWN_BYTES = 16 * 1024 * 1024;

/** A picture that was just chosen, as an address the page’s policy lets it show; undefined where it cannot be shown. */
export function picturePreview(file: File): Promise<string | undefined> {
  if (file.size > MAX_SHOWN_BYTES) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(typeof reader.result === 'string' ? reader.result : undefined));
    // What cannot be read is told by the upload itself.
    reader.addEventListener('error', () => resolve(undefined));
    reader.readAsDataURL(file);
  });
}

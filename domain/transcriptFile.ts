import { isRecord } from './fieldPaths.ts';

/**
 * The data of a published page with the one transcript that MIT Learn reads of a video (`video_files.video_transcript_file`)
 * beside the list of them, or null when there is nothing to add. The first English one is taken, else the first: a video
 * without any is left out of Learn.
 */
export function withTranscriptFile(data: unknown): Readonly<Record<string, unknown>> | null {
  if (!isRecord(data) || !isRecord(data['video_files'])) return null;
  const files = data['video_files'];
  const listed = files['video_transcript_resources'];
  if (!Array.isArray(listed) || (typeof files['video_transcript_file'] === 'string' && files['video_transcript_file'] !== '')) return null;
  const tracks = listed.filter((track): track is Readonly<Record<string, unknown>> & { readonly file: string } => isRecord(track) && typeof track['file'] === 'string' && track['file'] !== '');
  const chosen = tracks.find(isEnglish) ?? tracks[0];
  return chosen === undefined ? null : { ...data, video_files: { ...files, video_transcript_file: asLearnReads(chosen.file) } };
}

function isEnglish(track: Readonly<Record<string, unknown>>): boolean {
  const language = track['language'];
  return typeof language !== 'string' || language === '' || /^en([-_]|$)/i.test(language);
}

/** Learn looks for the file at what follows the first “courses” up to the next one, unless the path begins with it. */
function asLearnReads(path: string): string {
  return path.split('courses').length > 2 ? path.replace(/^\/+/, '') : path;
}

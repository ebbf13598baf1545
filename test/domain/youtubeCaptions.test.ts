import { expect, it } from 'vitest';
import { captionTrackName, findTrack, type YouTubeTrack } from '#domain/youtubeCaptions.ts';

const track = (id: string, language: string, name: string, kind = 'standard'): YouTubeTrack => ({ id, language, name, kind, isDraft: false });

it('a track is called after its language, the English one as thousands are already', () => {
  expect(['en', 'fr', 'pt-BR', 'ar', 'qaa'].map(captionTrackName)).toEqual(['CC (English)', 'CC (French)', 'CC (Portuguese (Brazil))', 'CC (Arabic)', 'CC (qaa)']);
});

it.each<readonly [string, readonly YouTubeTrack[], string, string | null]>([
  ['its own name', [track('other', 'en', 'For children'), track('old', 'en', 'ocw_captions_upload'), track('ours', 'en', 'CC (English)')], 'en', 'ours'],
  ['its own name before one of another time', [track('earlier', 'pt-BR', 'CC (Brazilian Portuguese)'), track('ours', 'pt-BR', 'CC (Portuguese (Brazil))')], 'pt-BR', 'ours'],
  ['a name of ours of another time', [track('old', 'pt-BR', 'ocw_captions_upload'), track('ours', 'pt-BR', 'CC (Brazilian Portuguese)')], 'pt-BR', 'ours'],
  ['the name tracks had before', [track('other', 'en', ''), track('old', 'en', 'ocw_captions_upload')], 'en', 'old'],
  ['its language, however it is written', [track('ours', 'pt-br', 'CC (Portuguese (Brazil))')], 'pt-BR', 'ours'],
  ['no track of another language', [track('other', 'en', 'CC (French)'), track('third', 'fr-CA', 'CC (French)')], 'fr', null],
  ['no track of somebody else’s', [track('other', 'en', 'English')], 'en', null],
  ['no track of YouTube’s own, however that is written', [track('a', 'en', 'CC (English)', 'ASR'), track('b', 'en', 'CC (English)', 'asr')], 'en', null],
  ['none of none', [], 'en', null],
])('captions go into %s', (_name, tracks, language, expected) => {
  expect(findTrack(tracks, language)?.id ?? null).toBe(expected);
});

// @ts-check
import { extname } from 'node:path';
import { FOLDER } from './driveStore.mjs';

/**
 * A file as the API shows it. Sizes are texts; what has no bytes has no size, no sum and no link to download.
 * @param {import('./driveStore.mjs').Item} item
 * @param {{ driveId: string, isTrashed: boolean, targetMime: string | null, role: import('./createDrive.mjs').Role }} context
 */
export function fileResource(item, { driveId, isTrashed, targetMime, role }) {
  const hasBytes = item.size !== null;
  const extension = extname(item.name).slice(1);
  const mayManage = role === 'organizer' || role === 'fileOrganizer';
  return {
    kind: 'drive#file',
    id: item.id,
    name: item.name,
    mimeType: item.mimeType,
    driveId,
    createdTime: item.createdTime,
    modifiedTime: item.modifiedTime,
    version: String(item.version),
    trashed: isTrashed,
    explicitlyTrashed: item.trashedTime !== null,
    ...(item.trashedTime === null ? {} : { trashedTime: item.trashedTime }),
    ...(item.parent === null ? {} : { parents: [item.parent] }),
    ...(Object.keys(item.appProperties).length === 0 ? {} : { appProperties: item.appProperties }),
    webViewLink: item.mimeType === FOLDER ? `https://drive.google.com/drive/folders/${item.id}` : `https://drive.google.com/file/d/${item.id}/view?usp=drivesdk`,
    ...(hasBytes ? { size: String(item.size), md5Checksum: item.md5, webContentLink: `https://drive.google.com/uc?id=${item.id}&export=download`, originalFilename: item.name, fileExtension: extension, headRevisionId: `0B${item.version}` } : {}),
    ...(item.target === null ? {} : { shortcutDetails: { targetId: item.target, ...(targetMime === null ? {} : { targetMimeType: targetMime }) } }),
    capabilities: { canDownload: hasBytes, canTrash: mayManage && item.parent !== null, canDelete: role === 'organizer' && item.parent !== null, canRename: role !== 'reader', canEdit: role !== 'reader' },
  };
}

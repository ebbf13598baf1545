const KEPT = 'studio.preview';

/** How much of the width the form may take beside the preview, in percent, and how far one press of a key moves it. */
export const formShare = { least: 30, most: 70, usual: 50, step: 2 } as const;

export const withinShare = (share: number): number => Math.min(formShare.most, Math.max(formShare.least, Math.round(share)));

/** How somebody has the preview in this browser: shown beside the form or not, and how wide. */
class PreviewLayout {
  isOpen = $state(false);
  share = $state<number>(formShare.usual);

  constructor() {
    const kept = read();
    this.isOpen = kept.isOpen === true;
    if (typeof kept.share === 'number' && Number.isFinite(kept.share)) this.share = withinShare(kept.share);
  }

  toggle(): void {
    this.isOpen = !this.isOpen;
    this.keep();
  }

  /** Gives the form this share of the width, as far as both can still be read. */
  divide(share: number): void {
    this.share = withinShare(share);
    this.keep();
  }

  private keep(): void {
    localStorage.setItem(KEPT, JSON.stringify({ isOpen: this.isOpen, share: this.share }));
  }
}

function read(): { readonly isOpen?: unknown; readonly share?: unknown } {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '{}');
    return typeof kept === 'object' && kept !== null ? kept : {};
  } catch {
    // Written by something else: as if nothing were kept.
    return {};
  }
}

export const previewLayout = new PreviewLayout();

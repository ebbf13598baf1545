import type { SAML } from '@node-saml/passport-saml';

const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';

/** Our metadata as the library writes them, with the second binding we take messages about signing out by: most providers have redirects only. */
export function spMetadata({ saml, certificate }: { readonly saml: SAML; readonly certificate: string }): string {
  return saml.generateServiceProviderMetadata(certificate, certificate).replace(/[ \t]*<SingleLogoutService Binding="[^"]*" Location="([^"]*)"\/>\n?/, (whole) => whole.replace(POST, REDIRECT) + whole);
}

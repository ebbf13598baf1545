import type { ApiDeps } from '../deps.ts';
import type { Handlers } from '../router.ts';

export function signInRoutes({ config }: Pick<ApiDeps, 'config'>): Pick<Handlers, 'GET /api/v1/sign-in'> {
  const services = [
    ...(config.samlIdpMetadata === undefined ? [] : [{ id: 'saml' as const, title: config.samlTitle, path: '/auth/saml/login' }]),
    ...(config.oidcIssuer === undefined ? [] : [{ id: 'oidc' as const, title: config.oidcTitle, path: '/auth/oidc/login' }]),
  ];
  return { 'GET /api/v1/sign-in': () => Promise.resolve({ services, privacyPolicyUrl: config.privacyPolicyUrl ?? null }) };
}

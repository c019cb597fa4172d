import './library-notices.ts'

/** Import values of oidc-provider from here, so that its console notices are collected; types come from the library. */
export { default as Provider, ExternalSigningKey, errors, interactionPolicy } from 'oidc-provider'

//! OpenID Connect: asking a provider who somebody is (authorization code with PKCE), and believing no more of its
//! answer than its keys prove.
//!
//! What is asked of a provider goes the way of [`fetch`](crate::fetch): no address that is not allowed, no redirects.
//! Its documents are kept for a while and read again when a token is signed with a key that was not known.

mod believe;
mod pending;

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use formwork_catalog::catalog::Provider;
use hyper::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use openidconnect::{
    AsyncHttpClient, AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndSessionUrl,
    HttpRequest, HttpResponse, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, Scope, TokenResponse as _,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType, CoreTokenResponse,
    },
};
use serde::{Deserialize, Serialize};

use self::believe::Doubt;
pub use self::{
    believe::Person,
    pending::{LIFETIME, Pending},
};
use crate::{delivery::Secrets, fetch::Client};

/// How long a provider may take to answer one question.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what a provider says of itself is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// What a provider says of itself beside what the library knows.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
struct More {
    /// Whether it names itself when it sends a browser back (RFC 9207).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    /// Where people sign out of it (OpenID Connect RP-Initiated Logout).
    #[serde(default)]
    end_session_endpoint: Option<String>,
}

impl openidconnect::AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Why nobody is signed in. The causes are for the log: they say what a provider answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The provider can't be asked: it does not answer, or what is known of it is wrong.
    Unreachable(String),
    /// What came back proves nothing.
    Unproven(String),
}

/// What a browser brings back from a provider.
#[derive(Debug, Clone, Copy)]
pub struct Back<'a> {
    /// The code to be exchanged.
    pub code: &'a str,
    /// The issuer, when the provider names itself.
    pub issuer: Option<&'a str>,
    /// Where the browser was sent back to.
    pub redirect: &'a str,
}

/// Asks the providers of all books. What they say of themselves is kept here, by issuer.
#[derive(Debug)]
pub struct Providers {
    client: Client,
    secrets: Secrets,
    known: Mutex<HashMap<String, (Arc<Metadata>, Timestamp)>>,
}

impl Providers {
    /// With the secrets of the clients in these variables. Providers in private networks are asked only when the
    /// operator allows that.
    pub fn new(secrets: Secrets, allow_internal: bool) -> Self {
        Self { client: Client::new(allow_internal), secrets, known: Mutex::default() }
    }

    /// The address at which somebody signs in with this provider.
    ///
    /// # Errors
    /// When the provider can't be asked.
    pub async fn begin(
        &self,
        provider: &Provider,
        pending: &Pending,
        redirect: &str,
        now: Timestamp,
    ) -> Result<String, Failed> {
        // Somebody who comes back without the secret at hand would be sent away again.
        self.secret(provider)?;
        let metadata = self.metadata(provider, now).await?;
        let client =
            CoreClient::new(ClientId::new(provider.client.clone()), metadata.issuer().clone(), metadata.jwks().clone())
                .set_auth_uri(metadata.authorization_endpoint().clone())
                .set_redirect_uri(redirect_url(redirect)?);
        let (state, nonce) = (CsrfToken::new(pending.state()), Nonce::new(pending.nonce()));
        let verifier = PkceCodeVerifier::new(pending.verifier());
        let (address, ..) = client
            .authorize_url(AuthenticationFlow::<CoreResponseType>::AuthorizationCode, || state, || nonce)
            .add_scopes(provider.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(address.into())
    }

    /// Who has signed in with this provider.
    ///
    /// # Errors
    /// When the provider can't be asked, or its answer does not prove who somebody is.
    pub async fn finish(
        &self,
        provider: &Provider,
        pending: &Pending,
        back: Back<'_>,
        now: Timestamp,
    ) -> Result<Person, Failed> {
        let metadata = self.metadata(provider, now).await?;
        let names_itself = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        // The answer of another provider to a question of this one (RFC 9207).
        if back.issuer.map_or(names_itself, |issuer| issuer != provider.issuer) {
            return Err(Failed::Unproven("the answer is of another issuer, or does not say of which".into()));
        }
        let answer = self.exchange(provider, pending, &metadata, &back).await?;
        let Some(token) = answer.id_token().map(ToString::to_string) else {
            return Err(Failed::Unproven("the answer holds no ID token".into()));
        };
        let caller = self.caller(provider);
        let believed = match believe::token(provider, &metadata, &token, &pending.nonce(), now) {
            Err(Doubt::UnknownKey(_)) => {
                // Keys change. One look is enough: a token of a key that is not there then is not the provider's.
                let metadata = self.discover(provider, now).await?;
                believe::token(provider, &metadata, &token, &pending.nonce(), now)
            }
            believed => believed,
        };
        let claims = believed.map_err(|doubt| Failed::Unproven(doubt.to_string()))?;
        believe::person(provider, &metadata, claims, answer.access_token(), &caller).await
    }

    /// The address at which somebody signs out of this provider, to be sent back to `back`; `None` when it has none that
    /// can be trusted.
    ///
    /// # Errors
    /// When the provider can't be asked.
    pub async fn leave(&self, provider: &Provider, back: &str, now: Timestamp) -> Result<Option<String>, Failed> {
        let metadata = self.metadata(provider, now).await?;
        let end = metadata.additional_metadata().end_session_endpoint.clone();
        let Some(end) = end.and_then(|end| EndSessionUrl::new(end).ok()) else { return Ok(None) };
        let scheme = end.url().scheme();
        if !(scheme == "https" || provider.internal && scheme == "http") {
            return Ok(None);
        }
        let back = PostLogoutRedirectUrl::new(back.to_owned())
            .map_err(|error| Failed::Unreachable(format!("the server's own address can't be read: {error}")))?;
        let request = LogoutRequest::from(end).set_client_id(ClientId::new(provider.client.clone()));
        Ok(Some(request.set_post_logout_redirect_uri(back).http_get_url().into()))
    }

    /// Exchanges the code for a token.
    async fn exchange(
        &self,
        provider: &Provider,
        pending: &Pending,
        metadata: &Metadata,
        back: &Back<'_>,
    ) -> Result<CoreTokenResponse, Failed> {
        let Some(endpoint) = metadata.token_endpoint().cloned() else {
            return Err(Failed::Unreachable("the provider names no token endpoint".into()));
        };
        let mut client =
            CoreClient::new(ClientId::new(provider.client.clone()), metadata.issuer().clone(), metadata.jwks().clone())
                .set_token_uri(endpoint)
                .set_redirect_uri(redirect_url(back.redirect)?);
        if let Some(secret) = self.secret(provider)? {
            client = client.set_client_secret(ClientSecret::new(secret));
        }
        let ways = metadata.token_endpoint_auth_methods_supported();
        if ways.is_some_and(|ways| !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)) {
            client = client.set_auth_type(AuthType::RequestBody);
        }
        let answer = client
            .exchange_code(AuthorizationCode::new(back.code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier()))
            .request_async(&self.caller(provider))
            .await;
        answer.map_err(|error| match error {
            openidconnect::RequestTokenError::Request(cause) => Failed::Unreachable(cause.to_string()),
            other => Failed::Unproven(format!("the code was not exchanged: {other}")),
        })
    }

    /// The secret of the client; a client without one proves itself by PKCE alone.
    fn secret(&self, provider: &Provider) -> Result<Option<String>, Failed> {
        let Some(variable) = &provider.secret else { return Ok(None) };
        let found = self.secrets.get(variable);
        found.map(Some).ok_or_else(|| Failed::Unreachable(Secrets::missing(variable).en))
    }

    fn caller(&self, provider: &Provider) -> Caller<'_> {
        Caller { client: &self.client, internal: provider.internal }
    }

    /// What the provider says of itself, not older than an hour.
    async fn metadata(&self, provider: &Provider, now: Timestamp) -> Result<Arc<Metadata>, Failed> {
        let kept = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&provider.issuer).cloned()
        };
        match kept {
            Some((metadata, at)) if (SignedDuration::ZERO..KEPT).contains(&now.duration_since(at)) => Ok(metadata),
            _ => self.discover(provider, now).await,
        }
    }

    /// What the provider says of itself now.
    async fn discover(&self, provider: &Provider, now: Timestamp) -> Result<Arc<Metadata>, Failed> {
        let issuer = IssuerUrl::new(provider.issuer.clone())
            .map_err(|error| Failed::Unreachable(format!("the issuer is no address: {error}")))?;
        let found = Metadata::discover_async(issuer, &self.caller(provider)).await;
        let metadata = Arc::new(found.map_err(|error| Failed::Unreachable(told(&error)))?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(provider.issuer.clone(), (metadata.clone(), now));
        Ok(metadata)
    }
}

fn redirect_url(address: &str) -> Result<RedirectUrl, Failed> {
    RedirectUrl::new(address.to_owned())
        .map_err(|error| Failed::Unreachable(format!("the server's own address can't be read: {error}")))
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Asks for the library.
#[derive(Debug)]
struct Caller<'a> {
    client: &'a Client,
    internal: bool,
}

/// A provider could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unasked(String);

impl<'c> AsyncHttpClient<'c> for Caller<'_> {
    type Error = Unasked;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unasked>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            // A code or token must not travel in the clear, whatever the provider's documents say.
            if !self.internal && request.uri().scheme_str() != Some("https") {
                return Err(Unasked(format!("{} is not https", request.uri())));
            }
            let asked = self.client.fetch(request.map(Bytes::from), self.internal);
            match tokio::time::timeout(PATIENCE, asked).await {
                Ok(Ok(answer)) => Ok(answer.map(|body| body.to_vec())),
                Ok(Err(cause)) => Err(Unasked(cause.en)),
                Err(_) => Err(Unasked(format!("no answer within {} s", PATIENCE.as_secs()))),
            }
        })
    }
}

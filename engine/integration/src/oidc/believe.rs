//! What of a provider's answer is proven, and what it says of somebody.

use std::collections::BTreeMap;

use formwork_catalog::catalog::Provider;
use jiff::{SignedDuration, Timestamp};
use openidconnect::{
    AccessToken, ClaimsVerificationError, ClientId, IdToken, Nonce, SignatureVerificationError, UserInfoClaims,
    core::{
        CoreClient, CoreGenderClaim, CoreIdTokenVerifier, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Caller, Failed, Metadata};

/// How far the clocks of a provider and of this machine may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// The ways to sign that prove something: with a key that only the provider has. Not the ones with the client's
/// secret, and not `none`.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Who a provider says somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What the provider calls them, for ever.
    pub subject: String,
    /// What the claim says that holds their login; `None` when the provider does not say, or has not verified it.
    pub login: Option<String>,
    /// The name people read.
    pub name: Option<String>,
}

/// The claims that the library has no field for.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub(super) struct Others {
    #[serde(flatten)]
    all: BTreeMap<String, Json>,
}

impl openidconnect::AdditionalClaims for Others {}

type Token = IdToken<Others, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Doubt {
    /// It is not signed with a key that is known; it may be a new one.
    #[error("the ID token is not signed with a key of the provider: {0}")]
    UnknownKey(String),
    /// It does not hold.
    #[error("{0}")]
    Wrong(String),
}

/// The claims of a token that is signed by the provider, for this client, for this sign-in, and still good.
pub(super) fn token(
    provider: &Provider,
    metadata: &Metadata,
    token: &str,
    nonce: &str,
    now: Timestamp,
) -> Result<Map<String, Json>, Doubt> {
    let token: Token = token.parse().map_err(|error| Doubt::Wrong(format!("the ID token can't be read: {error}")))?;
    let client = ClientId::new(provider.client.clone());
    let offered = metadata.id_token_signing_alg_values_supported();
    let verifier = CoreIdTokenVerifier::new_public_client(client, metadata.issuer().clone(), metadata.jwks().clone())
        .set_allowed_algs(ALGORITHMS.into_iter().filter(|algorithm| offered.contains(algorithm)))
        .set_time_fn(move || instant(now))
        .set_issue_time_verifier_fn(move |at| {
            if at > instant(now.saturating_add(SKEW).unwrap_or(now)) {
                return Err("the ID token is of the future".to_owned());
            }
            Ok(())
        });
    let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(
            cause @ (SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_)),
        ) => Doubt::UnknownKey(cause.to_string()),
        error => Doubt::Wrong(super::told(&error)),
    })?;
    // Of a token for several, the one it was made for (OpenID Connect Core 3.1.3.7); the library leaves that open.
    if claims.authorized_party().is_some_and(|party| party.as_str() != provider.client) {
        return Err(Doubt::Wrong("the ID token was made for another client".into()));
    }
    match serde_json::to_value(claims) {
        Ok(Json::Object(claims)) => Ok(claims),
        _ => Err(Doubt::Wrong("the claims can't be read".into())),
    }
}

/// Who the claims are about. Where the token does not say the login, the provider is asked for more.
pub(super) async fn person(
    provider: &Provider,
    metadata: &Metadata,
    mut claims: Map<String, Json>,
    access: &AccessToken,
    caller: &Caller<'_>,
) -> Result<Person, Failed> {
    let Some(subject) = text(&claims, "sub").filter(|subject| !subject.is_empty()) else {
        return Err(Failed::Unproven("the ID token names nobody".into()));
    };
    if !claims.contains_key(&provider.claim)
        && let Some(endpoint) = metadata.userinfo_endpoint()
    {
        let client =
            CoreClient::new(ClientId::new(provider.client.clone()), metadata.issuer().clone(), metadata.jwks().clone())
                .set_user_info_url(endpoint.clone());
        let expected = Some(openidconnect::SubjectIdentifier::new(subject.clone()));
        let more: UserInfoClaims<Others, CoreGenderClaim> = client
            .user_info(access.clone(), expected)
            .request_async(caller)
            .await
            .map_err(|error| Failed::Unproven(format!("more about somebody: {}", super::told(&error))))?;
        if let Ok(Json::Object(more)) = serde_json::to_value(more) {
            claims.extend(more);
        }
    }
    // Anybody can write any address into a profile; the provider says which ones it has seen to be theirs.
    let unverified = provider.claim == "email" && claims.get("email_verified") != Some(&Json::Bool(true));
    let login = text(&claims, &provider.claim).filter(|_| !unverified);
    Ok(Person { subject, login, name: text(&claims, "name").filter(|name| !name.trim().is_empty()) })
}

fn text(claims: &Map<String, Json>, name: &str) -> Option<String> {
    match claims.get(name)? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn instant(at: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(at.as_second(), 0).unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC)
}

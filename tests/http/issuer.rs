//! An issuer of OpenID Connect behind a socket: discovery, keys of both kinds, the code flow with PKCE, one code for one
//! token, more about somebody on request; and the lies that a bad one could tell.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, OnceLock},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use formwork_model::clock::{Clock as _, SettableClock};
use ring::{
    digest, hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, rand_core::OsRng, traits::PublicKeyParts as _};
use serde_json::{Value as Json, json};

/// The name and the secret of the only client it knows.
pub(super) const CLIENT: &str = "formwork";
pub(super) const SECRET: &str = "a secret + with / signs";

/// What is wrong with its next tokens and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// Nothing.
    None,
    /// Signed with a key that nobody published, under the name of one that is.
    WrongKey,
    /// Not signed.
    Unsigned,
    /// Signed with the client's secret.
    SharedSecret,
    /// Signed with the published RSA key as if it were a secret.
    PublicKeyAsSecret,
    /// For another client.
    OtherAudience,
    /// For two clients, made for the other one.
    OtherParty,
    /// By another issuer.
    OtherIssuer,
    /// Over since a second.
    Expired,
    /// Made tomorrow.
    OfTheFuture,
    /// Of another sign-in.
    OtherNonce,
    /// Of no sign-in.
    NoNonce,
    /// Changed after it was signed.
    Changed,
    /// None at all.
    NoToken,
}

/// Who signs in there at present, and how it behaves.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// The claims about the person: `sub` and whatever else is in the token.
    pub(super) person: Json,
    /// What it says on request only.
    pub(super) details: Json,
    pub(super) lie: Lie,
    /// `RS256` or `ES256`.
    pub(super) algorithm: &'static str,
    /// Whether the person refuses.
    pub(super) refuses: bool,
    /// The number of the present keys: they are others after each change.
    pub(super) generation: usize,
    /// The issuer it claims to be in its documents, when that is not itself.
    pub(super) claims_to_be: Option<String>,
    /// Where it says that people sign out; `None` when it says nothing of it.
    pub(super) end: Option<String>,
    /// The clients whose people signed out there.
    pub(super) left: Vec<String>,
    /// How often its keys were read.
    pub(super) key_reads: usize,
    codes: HashMap<String, Code>,
    next: u64,
}

#[derive(Debug, Clone)]
struct Code {
    nonce: Option<String>,
    challenge: String,
    redirect: String,
    person: Json,
}

/// A running issuer.
pub(super) struct Issuer {
    pub(super) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// Keys take a while to make: one set for all tests, and one more to change to.
fn rsa_key(generation: usize) -> &'static RsaPrivateKey {
    static KEYS: [OnceLock<RsaPrivateKey>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    KEYS[generation].get_or_init(|| RsaPrivateKey::new(&mut OsRng, 2048).unwrap())
}

fn ec_key(generation: usize) -> &'static EcdsaKeyPair {
    static KEYS: [OnceLock<EcdsaKeyPair>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    KEYS[generation].get_or_init(|| {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap()
    })
}

/// The set of keys that nobody publishes.
const UNPUBLISHED: usize = 2;

impl Issuer {
    pub(super) fn start(clock: Arc<SettableClock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            person: json!({"sub": "4711", "preferred_username": "ann", "name": "Ann A."}),
            details: json!({}),
            lie: Lie::None,
            algorithm: "RS256",
            refuses: false,
            generation: 0,
            claims_to_be: None,
            end: None,
            left: Vec::new(),
            key_reads: 0,
            codes: HashMap::new(),
            next: 0,
        }));
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, clock) = (shared.clone(), clock.clone());
                thread::spawn(move || serve(stream, &state, &clock, address));
            }
        });
        Self { address, state }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What a browser gets that goes to an address there: the address it is sent back to.
    pub(super) fn visit(&self, address: &str) -> String {
        let path = address.strip_prefix(&self.url()).unwrap_or_else(|| panic!("{address} is not here"));
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let place = answer.lines().find_map(|line| line.strip_prefix("location: "));
        place.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>, clock: &SettableClock, address: SocketAddr) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let (method, target) = (first.split(' ').next()?.to_owned(), first.split(' ').nth(1)?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut state = state.lock().unwrap();
    let issuer = format!("http://{address}");
    let (status, location, answer) = match (method.as_str(), path) {
        ("GET", "/.well-known/openid-configuration") => (200, None, discovery(&state, &issuer)),
        ("GET", "/keys") => {
            state.key_reads += 1;
            (200, None, keys(state.generation))
        }
        ("GET", "/authorize") => match authorize(&mut state, &fields(query.as_bytes()), &issuer) {
            Ok(place) => (302, Some(place), json!({})),
            Err(why) => (400, None, json!({"error": why})),
        },
        ("GET", "/end") => {
            let asked = fields(query.as_bytes());
            state.left.push(asked.get("client_id").cloned().unwrap_or_default());
            (302, asked.get("post_logout_redirect_uri").cloned(), json!({}))
        }
        ("POST", "/token") => match token(&mut state, &headers, &fields(&body), clock, &issuer) {
            Ok(answer) => (200, None, answer),
            Err(why) => (400, None, json!({"error": why})),
        },
        ("GET", "/details") if headers.get("authorization").is_some_and(|given| given == "Bearer access") => {
            (200, None, state.details.clone())
        }
        _ => (404, None, json!({})),
    };
    drop(state);
    let (answer, place) = (answer.to_string(), location.map_or_else(String::new, |to| format!("location: {to}\r\n")));
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n{place}content-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(format!("{head}{answer}").as_bytes()).ok()
}

fn fields(bytes: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

fn discovery(state: &State, issuer: &str) -> Json {
    let mut said = json!({
        "issuer": state.claims_to_be.as_deref().unwrap_or(issuer),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/details"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        "authorization_response_iss_parameter_supported": true,
    });
    if let Some(end) = &state.end {
        said["end_session_endpoint"] = json!(end);
    }
    said
}

fn keys(generation: usize) -> Json {
    let (rsa, ec) = (rsa_key(generation), ec_key(generation).public_key().as_ref());
    let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({"keys": [
        {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("rsa-{generation}"),
         "n": encoded(&rsa.n().to_bytes_be()), "e": encoded(&rsa.e().to_bytes_be())},
        {"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": format!("ec-{generation}"),
         "x": encoded(&ec[1..33]), "y": encoded(&ec[33..])},
        {"kty": "something newer", "kid": "x"},
    ]})
}

fn authorize(state: &mut State, asked: &HashMap<String, String>, issuer: &str) -> Result<String, &'static str> {
    let get = |name: &str| asked.get(name).map_or("", String::as_str);
    if get("client_id") != CLIENT || get("response_type") != "code" || get("code_challenge_method") != "S256" {
        return Err("invalid_request");
    }
    if !get("scope").split(' ').any(|scope| scope == "openid") || !get("redirect_uri").starts_with("http") {
        return Err("invalid_scope");
    }
    let mut back = form_urlencoded::Serializer::new(String::new());
    back.append_pair("state", get("state")).append_pair("iss", issuer);
    if state.refuses {
        back.append_pair("error", "access_denied");
        return Ok(format!("{}?{}", get("redirect_uri"), back.finish()));
    }
    state.next += 1;
    let code = format!("code-{}", state.next);
    back.append_pair("code", &code);
    let person = state.person.clone();
    let (challenge, redirect) = (get("code_challenge").to_owned(), get("redirect_uri").to_owned());
    state.codes.insert(code, Code { nonce: asked.get("nonce").cloned(), challenge, redirect, person });
    Ok(format!("{}?{}", get("redirect_uri"), back.finish()))
}

fn token(
    state: &mut State,
    headers: &HashMap<String, String>,
    sent: &HashMap<String, String>,
    clock: &SettableClock,
    issuer: &str,
) -> Result<Json, &'static str> {
    let escaped = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = STANDARD.encode(format!("{}:{}", escaped(CLIENT), escaped(SECRET)));
    if headers.get("authorization") != Some(&format!("Basic {basic}")) {
        return Err("invalid_client");
    }
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    // A code is good once.
    let code = state.codes.remove(get("code")).ok_or("invalid_grant")?;
    let proof = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, get("code_verifier").as_bytes()));
    if proof != code.challenge || get("redirect_uri") != code.redirect || get("grant_type") != "authorization_code" {
        return Err("invalid_grant");
    }
    let mut answer = json!({"access_token": "access", "token_type": "Bearer", "expires_in": 300});
    if state.lie != Lie::NoToken {
        answer["id_token"] = id_token(state, &code, clock, issuer).into();
    }
    Ok(answer)
}

fn id_token(state: &State, code: &Code, clock: &SettableClock, issuer: &str) -> String {
    let (now, lie) = (clock.now().as_second(), state.lie);
    let mut claims = code.person.clone();
    claims["iss"] = json!(if lie == Lie::OtherIssuer { "http://elsewhere.example" } else { issuer });
    claims["aud"] = match lie {
        Lie::OtherAudience => json!("another"),
        Lie::OtherParty => json!([CLIENT]),
        _ => json!(CLIENT),
    };
    if lie == Lie::OtherParty {
        claims["azp"] = json!("another");
    }
    let made = if lie == Lie::OfTheFuture { now + 86_400 } else { now };
    (claims["iat"], claims["exp"]) = (json!(made), json!(if lie == Lie::Expired { now - 1 } else { made + 300 }));
    match (lie, &code.nonce) {
        (Lie::OtherNonce, _) => claims["nonce"] = json!("another"),
        (Lie::NoNonce, _) | (_, None) => {}
        (_, Some(nonce)) => claims["nonce"] = json!(nonce),
    }
    let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (algorithm, kid) = match (lie, state.algorithm) {
        (Lie::Unsigned, _) => ("none", String::new()),
        (Lie::SharedSecret | Lie::PublicKeyAsSecret, _) => ("HS256", String::new()),
        (_, "ES256") => ("ES256", format!("ec-{}", state.generation)),
        (_, _) => ("RS256", format!("rsa-{}", state.generation)),
    };
    let mut head = json!({"alg": algorithm, "typ": "JWT"});
    if !kid.is_empty() {
        head["kid"] = json!(kid);
    }
    let signed = format!("{}.{}", encoded(head.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
    let signature = signature(state, algorithm, signed.as_bytes());
    if lie == Lie::Changed {
        claims["sub"] = json!("4712");
        let changed = encoded(claims.to_string().as_bytes());
        return format!("{}.{changed}.{}", encoded(head.to_string().as_bytes()), encoded(&signature));
    }
    format!("{signed}.{}", encoded(&signature))
}

/// How a signature of an SHA-256 begins (RFC 8017, 9.2).
const SHA_256: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

fn signature(state: &State, algorithm: &str, signed: &[u8]) -> Vec<u8> {
    let generation = if state.lie == Lie::WrongKey { UNPUBLISHED } else { state.generation };
    match algorithm {
        "RS256" => {
            let way = Pkcs1v15Sign { hash_len: Some(32), prefix: Box::new(SHA_256) };
            rsa_key(generation).sign(way, digest::digest(&digest::SHA256, signed).as_ref()).unwrap()
        }
        "ES256" => ec_key(generation).sign(&SystemRandom::new(), signed).unwrap().as_ref().to_vec(),
        "HS256" => {
            let secret = match state.lie {
                Lie::PublicKeyAsSecret => rsa_key(state.generation).n().to_bytes_be(),
                _ => SECRET.as_bytes().to_vec(),
            };
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed).as_ref().to_vec()
        }
        _ => Vec::new(),
    }
}

//! The command line.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use reqwest::Url;

use crate::acts::{ActError, Order, Push, Replay, Trigger};
use crate::http_clients::HttpClients;
use crate::identity::{Identity, IdentityError};
use crate::mini_program_settings::{self, SettingsError};
use crate::mini_programs::MiniPrograms;
use crate::push::delivery::{Outcome, Timing};
use crate::push::payment::LONGEST_FIRST_PAUSE;
use crate::push_command::{self, PushCommandError};
use crate::push_url::{self, BadPushUrl};
use crate::serve::{self, ServeError};
use crate::terminal::{complain, say};
use crate::wechat::WeChat;

/// A stand-in for WeChat on your machine: pushes to your URL, answers your calls.
#[derive(Parser)]
#[command(name = "simulator", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play WeChat until Ctrl-C. docs/simulator.md lists the calls that it answers.
    Serve(Serve),
    /// Push a user's message, through a running simulator.
    Push(Push),
    /// Push an event, through a running simulator.
    Trigger(Trigger),
    /// Push what is in a file, through a running simulator.
    Replay(Replay),
}

// The environment's values are hidden in --help: some are secrets. Values are parsed after clap, whose complaints would
// repeat them.
#[derive(Args)]
struct Serve {
    /// Where to listen. Anyone who can reach it can push in your mini program's name: keep it on loopback.
    #[arg(long, env = "SIMULATOR_LISTEN", default_value = "127.0.0.1:8199")]
    listen: SocketAddr,
    /// Where to push, as in the console's message push settings. Can be set later.
    #[arg(long, env = "SIMULATOR_PUSH_URL", hide_env_values = true)]
    push_url: Option<String>,
    /// The mini program's appid, wx….
    #[arg(long, env = "SIMULATOR_APPID", hide_env_values = true)]
    appid: String,
    /// The app secret that callers of the token APIs must know.
    #[arg(long, env = "SIMULATOR_APP_SECRET", hide_env_values = true)]
    app_secret: String,
    /// The Token of the message push settings.
    #[arg(long, env = "SIMULATOR_TOKEN", hide_env_values = true)]
    token: String,
    /// The `EncodingAESKey` of the message push settings.
    #[arg(long, env = "SIMULATOR_ENCODING_AES_KEY", hide_env_values = true)]
    encoding_aes_key: String,
    /// Further mini programs, each with its own users, tokens and timeline: a JSON array of objects with the strings
    /// `appid`, `app_secret`, `token`, `encoding_aes_key` and, unless it is set later, `push_url`.
    #[arg(long, env = "SIMULATOR_MINI_PROGRAMS", hide_env_values = true, value_name = "JSON")]
    mini_programs: Option<String>,
    /// How many messages are allowed after a user enters the session. WeChat's older pages say 1.
    #[arg(long, default_value_t = 2)]
    enter_session_quota: u32,
    /// Pause before the first repeat of an `xpay_*` push that failed. Each of the 15 repeats waits that much longer than the
    /// one before, 24 seconds in all by default. `WeChat` takes hours.
    #[arg(long, value_name = "MILLISECONDS", default_value = "200", value_parser = pause)]
    payment_pause: Duration,
}

/// Why a text is not a pause.
#[derive(Debug, thiserror::Error)]
#[error("must be a number of milliseconds, at most {}", LONGEST_FIRST_PAUSE.as_millis())]
struct NoPause;

fn pause(text: &str) -> Result<Duration, NoPause> {
    let pause = text.parse().map(Duration::from_millis).map_err(|_| NoPause)?;
    if pause <= LONGEST_FIRST_PAUSE { Ok(pause) } else { Err(NoPause) }
}

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("--{flag}: {rule}", flag = .0.field().replace('_', "-"), rule = .0)]
    Identity(#[from] IdentityError),
    #[error("--mini-programs: {0}")]
    MiniPrograms(#[from] SettingsError),
    #[error("--push-url: {0}")]
    PushUrl(#[from] BadPushUrl),
    #[error(transparent)]
    Act(#[from] ActError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Push(#[from] PushCommandError),
}

impl CliError {
    /// 2 for what was written wrongly, as clap does; 1 for what went wrong.
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Identity(_) | Self::MiniPrograms(_) | Self::PushUrl(_) | Self::Act(_) => ExitCode::from(2),
            Self::Serve(_) | Self::Push(_) => ExitCode::from(1),
        }
    }
}

/// Runs the command of this process's arguments.
pub(crate) async fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(serve) => serve.run().await,
        Command::Push(push) => carry_out(Ok(push.order())).await,
        Command::Trigger(trigger) => carry_out(trigger.order()).await,
        Command::Replay(replay) => carry_out(replay.order()).await,
    };
    done.unwrap_or_else(|error| {
        complain(&error.to_string());
        error.exit_code()
    })
}

impl Serve {
    async fn run(self) -> Result<ExitCode, CliError> {
        let identity = Identity::new(&self.appid, &self.app_secret, &self.token, &self.encoding_aes_key)?;
        let push_url = self.push_url.filter(|text| !text.is_empty()).map(|text| push_url::parse(&text)).transpose()?;
        let further = self.mini_programs.filter(|text| !text.is_empty());
        let further = further.map(|text| mini_program_settings::read(&text, &identity.appid)).transpose()?;
        let listener = serve::bind(self.listen).await?;
        let address = listener.local_addr().map_err(ServeError::from)?;
        let target = push_url.as_ref().map_or("nowhere yet", Url::as_str);
        say(&format!("simulator ready on http://{address}, pushing to {target}"));
        let timing = Timing { payment_pause: self.payment_pause, ..Timing::WECHAT };
        let (quota, clients) = (self.enter_session_quota, HttpClients::new());
        let wechat = |(identity, push_url)| WeChat::new(identity, push_url, quota, timing, clients.clone());
        let further = further.into_iter().flatten().map(wechat);
        serve::serve(listener, MiniPrograms::new(wechat((identity, push_url)), further)).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Gives an order to a running simulator, and says how it went.
async fn carry_out(order: Result<Order, ActError>) -> Result<ExitCode, CliError> {
    let Order { simulator, path, body } = order?;
    let delivery = push_command::order(&simulator, path, &body).await?;
    say(&push_command::record(&delivery));
    Ok(match delivery.outcome {
        Outcome::Answered | Outcome::ToAgent => ExitCode::SUCCESS,
        Outcome::FaultNotice => ExitCode::FAILURE,
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};
    use serde_json::{Value, json};

    use super::*;
    use crate::event::Event;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// What a command line orders.
    fn order(arguments: &[&str]) -> Result<Order, clap::Error> {
        let cli = Cli::try_parse_from([&["simulator"], arguments].concat())?;
        Ok(match cli.command {
            Command::Push(push) => push.order(),
            Command::Trigger(trigger) => trigger.order().unwrap(),
            Command::Replay(replay) => replay.order().unwrap(),
            Command::Serve(_) => panic!("an order"),
        })
    }

    #[test]
    fn flags_of_push_may_stand_before_or_after_what_is_pushed() {
        for arguments in [["push", "--mode", "plain", "text", "-hi"], ["push", "text", "-hi", "--mode", "plain"]] {
            let order = order(&arguments).unwrap();
            assert_eq!((order.path, &order.body["mode"]), ("push", &json!("plain")));
            assert_eq!(order.body["message"], json!({"MsgType": "text", "Content": "-hi"}));
        }
    }

    #[test]
    fn a_fault_strikes_one_to_four_answers() {
        let slow = order(&["push", "again", "--fault", "slow", "--fault-attempts", "4"]).unwrap();
        assert_eq!(slow.path, "push/again");
        assert_eq!(slow.body, json!({"appid": null, "openid": null, "fault": "slow", "fault_attempts": 4}));
        for wrong in
            [["--fault", "explode"].as_slice(), &["--fault-attempts", "1"], &["--fault=drop", "--fault-attempts=5"]]
        {
            assert!(order(&[&["push", "again"], wrong].concat()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_event_is_triggered_by_its_name_for_a_user_with_the_fields_that_are_set() {
        let arguments =
            ["trigger", "xpay_refund_notify", "--openid=oUser", "--set=MchOrderId=mine", "--set", "RefundFee:=7"];
        let order = order(&arguments).unwrap();
        assert_eq!((order.path, &order.body["openid"]), ("push", &json!("oUser")));
        let message = &order.body["message"];
        assert_eq!((&message["Event"], &message["OpenId"]), (&json!("xpay_refund_notify"), &json!("oUser")));
        assert_eq!((&message["MchOrderId"], &message["RefundFee"]), (&json!("mine"), &json!(7)));
    }

    #[test]
    fn help_names_every_event_and_a_mistyped_one_is_answered_by_one_like_it() {
        let help = Cli::try_parse_from(["simulator", "trigger", "--help"]).err().unwrap().to_string();
        for event in Event::value_variants() {
            assert!(help.contains(&format!("- {event}: ")), "{event}: {help}");
        }
        let refusal = order(&["trigger", "xpay_refund_notfy"]).unwrap_err().to_string();
        assert!(refusal.contains("similar value exists: 'xpay_refund_notify'"), "{refusal}");
    }

    #[test]
    fn a_replayed_file_says_for_which_mini_program_it_is_unless_told_otherwise() {
        let file = std::env::temp_dir().join(format!("replay-{}.json", std::process::id()));
        std::fs::write(&file, r#"{"requestPayload": {"MsgType": "text", "Content": "hi"}, "appid": "wx1"}"#).unwrap();
        let replay = |further: &[&str]| order(&[&["replay", file.to_str().unwrap()], further].concat()).unwrap();
        let kept = replay(&[]);
        assert_eq!((kept.path, &kept.body["appid"], &kept.body["format"]), ("replay", &json!("wx1"), &Value::Null));
        assert_eq!(kept.body["body"], r#"{"Content":"hi","MsgType":"text"}"#);
        let changed = replay(&["--appid=wx2", "--set", "Content=changed", "--fresh"]);
        assert_eq!((&changed.body["appid"], &changed.body["fresh"]), (&json!("wx2"), &json!(true)));
        assert_eq!(changed.body["set"], json!({"Content": "changed"}));
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn the_pause_before_a_payment_is_repeated_is_short_unless_told() {
        let parse = |arguments: &[&str]| {
            let identity = ["--appid=a", "--app-secret=s", "--token=t", "--encoding-aes-key=k"];
            let cli = Cli::try_parse_from([&["simulator", "serve"], &identity[..], arguments].concat())?;
            let Command::Serve(serve) = cli.command else { panic!("serve") };
            Ok::<_, clap::Error>(serve.payment_pause)
        };
        assert_eq!(parse(&[]).unwrap(), Timing::WECHAT.payment_pause);
        assert_eq!(parse(&["--payment-pause=1000"]).unwrap(), Duration::from_secs(1));
        for wrong in ["1001", "-1", "soon"] {
            assert!(parse(&[&format!("--payment-pause={wrong}")]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn help_never_shows_what_the_environment_holds() {
        let serve = Cli::command().find_subcommand("serve").unwrap().clone();
        for argument in serve.get_arguments().filter(|argument| argument.get_env().is_some()) {
            assert!(argument.is_hide_env_values_set() || argument.get_id() == "listen", "{}", argument.get_id());
        }
    }
}

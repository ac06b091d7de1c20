//! `demo`: the demo broker and its plant in the foreground.

use wiretree_demo::{Broker, Plant};

use crate::console::print;
use crate::error::CliError;
use crate::signals;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1; any free one unless given
    #[arg(long, value_name = "P", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Messages the plant sends in a second
    #[arg(long, value_name = "R", default_value_t = Plant::RATE)]
    rate: f64,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let ended = signals::listen()?;
    let broker = Broker::start(options.port)?;
    let plant = Plant::start(&broker, options.rate)?;
    print(format_args!("mqtt://{}", broker.address()))?;
    ended.await;
    plant.stop().await;
    broker.stop().await;
    Ok(())
}

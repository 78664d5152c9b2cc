//! The function of each route, as the template names it: ours, or the one that its parameter names.

use std::time::Duration;

use aws_sdk_lambda::Client;
use protocol::route::Route;
use serde_json::Value;

use super::invoke::{Function, InvocationError, Output};
use super::settings::{self, SettingError};

/// The ARN of each route's function.
#[derive(Debug, Clone)]
pub struct RouteArns(Vec<(Route, String)>);

/// The routes' functions, ready to be invoked.
#[derive(Debug, Clone)]
pub struct RouteFunctions(Vec<(Route, Function)>);

impl RouteArns {
    /// Reads one environment variable per route.
    ///
    /// # Errors
    /// [`SettingError`] where one is missing.
    pub fn from_environment() -> Result<Self, SettingError> {
        let arns = Route::ALL.iter().map(|&route| Ok((route, settings::text(&variable(route))?)));
        arns.collect::<Result<_, _>>().map(Self)
    }
}

impl RouteFunctions {
    /// The functions with these ARNs.
    #[must_use]
    pub fn new(lambda: &Client, arns: RouteArns) -> Self {
        Self(arns.0.into_iter().map(|(route, arn)| (route, Function::new(lambda.clone(), arn))).collect())
    }

    /// Invokes the function of a route and waits, no longer than `patience`.
    ///
    /// # Errors
    /// [`InvocationError`] where Lambda did not take the invocation.
    pub async fn ask(&self, route: Route, event: &Value, patience: Duration) -> Result<Output, InvocationError> {
        let function = self.0.iter().find(|(candidate, _)| *candidate == route).map(|(_, function)| function);
        let function =
            function.ok_or_else(|| InvocationError::Refused(format!("no function for the route {route:?}").into()))?;
        function.ask(event, patience).await
    }
}

fn variable(route: Route) -> String {
    format!("{}_FUNCTION_ARN", route.in_capitals())
}

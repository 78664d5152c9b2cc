//! Which function each route is, as the template says: ours, or the one that its parameter names.

use super::settings::{self, SettingError};
use crate::push::route::Route;

/// The routes' functions.
#[derive(Debug, Clone)]
pub struct RouteFunctions(Vec<(Route, String)>);

impl RouteFunctions {
    /// As the environment variables say.
    ///
    /// # Errors
    /// [`SettingError`] where one is missing.
    pub fn from_settings() -> Result<Self, SettingError> {
        let arns = Route::ALL.map(|route| Ok((route, settings::text(variable(route))?)));
        arns.into_iter().collect::<Result<_, _>>().map(Self)
    }

    /// The ARN of the route's function. Every route has one.
    #[must_use]
    pub fn arn(&self, route: Route) -> &str {
        self.0.iter().find(|(candidate, _)| *candidate == route).map_or("", |(_, arn)| arn)
    }
}

fn variable(route: Route) -> &'static str {
    match route {
        Route::Text => "TEXT_FUNCTION_ARN",
        Route::Image => "IMAGE_FUNCTION_ARN",
        Route::Miniprogrampage => "MINIPROGRAMPAGE_FUNCTION_ARN",
        Route::UserEnterTempsession => "USER_ENTER_TEMPSESSION_FUNCTION_ARN",
        Route::SubscribeMsgPopup => "SUBSCRIBE_MSG_POPUP_FUNCTION_ARN",
        Route::SubscribeMsgChange => "SUBSCRIBE_MSG_CHANGE_FUNCTION_ARN",
        Route::SubscribeMsgSent => "SUBSCRIBE_MSG_SENT_FUNCTION_ARN",
        Route::Other => "OTHER_FUNCTION_ARN",
    }
}

//! A table and the one kind of write that it sees.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{BoxError, SdkError};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use protocol::appid::Appid;

/// Why nothing could be remembered or recalled.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// DynamoDB did not do what it was asked.
    #[error("DynamoDB table {table} did not answer")]
    DynamoDb {
        /// The table's name.
        table: String,
        /// What the SDK says.
        source: BoxError,
    },
    /// A row lacks an attribute, or has it in another type: something else wrote to the table.
    #[error("a row lacks the attribute {0}, or has it in another type")]
    Row(&'static str),
}

/// A table with one key attribute.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    dynamodb: Client,
    name: String,
    key: &'static str,
}

/// What became of a conditional update.
pub(crate) enum Update {
    /// The condition held; the row as it is now.
    Applied(Row),
    /// The condition did not hold; the row as it is, if there is one.
    Refused(Option<Row>),
}

impl Table {
    pub(crate) fn new(dynamodb: Client, name: String, key: &'static str) -> Self {
        Self { dynamodb, name, key }
    }

    /// An update of the row with this key, to be given its expressions and then to [`Self::send`].
    pub(crate) fn update(&self, key: &str) -> UpdateItemFluentBuilder {
        self.dynamodb
            .update_item()
            .table_name(&self.name)
            .key(self.key, text(key))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    pub(crate) async fn send(&self, update: UpdateItemFluentBuilder) -> Result<Update, StateError> {
        self.updated(update.send().await)
    }

    /// As [`Self::send`], for an update that must not be written twice: without the SDK's repetitions.
    pub(crate) async fn send_once(&self, update: UpdateItemFluentBuilder) -> Result<Update, StateError> {
        let once = aws_sdk_dynamodb::config::Builder::default().retry_config(RetryConfig::disabled());
        self.updated(update.customize().config_override(once).send().await)
    }

    fn updated<R>(&self, result: Result<UpdateItemOutput, SdkError<UpdateItemError, R>>) -> Result<Update, StateError>
    where
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        match result {
            Ok(output) => Ok(Update::Applied(Row(output.attributes.unwrap_or_default()))),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                let UpdateItemError::ConditionalCheckFailedException(failed) = error.into_err() else {
                    return Ok(Update::Refused(None));
                };
                Ok(Update::Refused(failed.item.map(Row)))
            }
            Err(error) => Err(self.error(error)),
        }
    }

    /// The row with this key, with every write that was answered before.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Row>, StateError> {
        self.read(self.getting(key)).await
    }

    fn getting(&self, key: &str) -> GetItemFluentBuilder {
        self.dynamodb.get_item().table_name(&self.name).key(self.key, text(key)).consistent_read(true)
    }

    async fn read(&self, get: GetItemFluentBuilder) -> Result<Option<Row>, StateError> {
        let output = get.send().await.map_err(|error| self.error(error))?;
        Ok(output.item.map(Row))
    }

    fn error(&self, error: impl Into<BoxError>) -> StateError {
        StateError::DynamoDb { table: self.name.clone(), source: error.into() }
    }
}

/// A table whose rows are kept apart by mini program.
///
/// The rows of the first mini program, that of the parameter `AppId`, have the keys that they had when there was no other. The
/// keys of all others begin with the appid. No id of WeChat's holds a `#`: a key that does could look like another mini
/// program's, so that the appid stands before it, too.
#[derive(Debug, Clone)]
pub(crate) struct DividedTable {
    table: Table,
    first: Appid,
}

impl DividedTable {
    pub(crate) fn new(dynamodb: Client, name: String, key: &'static str, first: Appid) -> Self {
        Self { table: Table::new(dynamodb, name, key), first }
    }

    /// As [`Table::update`], of a row of this mini program's.
    pub(crate) fn update(&self, appid: &Appid, key: &str) -> UpdateItemFluentBuilder {
        self.table.update(&self.row_key(appid, key))
    }

    /// As [`Table::send`].
    pub(crate) async fn send(&self, update: UpdateItemFluentBuilder) -> Result<Update, StateError> {
        self.table.send(update).await
    }

    /// As [`Table::send_once`].
    pub(crate) async fn send_once(&self, update: UpdateItemFluentBuilder) -> Result<Update, StateError> {
        self.table.send_once(update).await
    }

    /// As [`Table::get`].
    pub(crate) async fn get(&self, appid: &Appid, key: &str) -> Result<Option<Row>, StateError> {
        self.table.get(&self.row_key(appid, key)).await
    }

    fn row_key(&self, appid: &Appid, key: &str) -> String {
        if *appid == self.first && !key.contains('#') { key.to_owned() } else { format!("{appid}#{key}") }
    }
}

/// A divided table with a second key attribute, by which the rows of one key are told apart.
#[derive(Debug, Clone)]
pub(crate) struct SortedTable {
    divided: DividedTable,
    sort_key: &'static str,
}

impl SortedTable {
    pub(crate) fn new(
        dynamodb: Client,
        name: String,
        (key, sort_key): (&'static str, &'static str),
        first: Appid,
    ) -> Self {
        Self { divided: DividedTable::new(dynamodb, name, key, first), sort_key }
    }

    /// As [`DividedTable::update`].
    pub(crate) fn update(&self, appid: &Appid, key: &str, sort: &str) -> UpdateItemFluentBuilder {
        self.divided.update(appid, key).key(self.sort_key, text(sort))
    }

    /// As [`Table::send`].
    pub(crate) async fn send(&self, update: UpdateItemFluentBuilder) -> Result<Update, StateError> {
        self.divided.send(update).await
    }

    /// As [`Table::send_once`].
    pub(crate) async fn send_once(&self, update: UpdateItemFluentBuilder) -> Result<Update, StateError> {
        self.divided.send_once(update).await
    }

    /// As [`DividedTable::get`].
    pub(crate) async fn get(&self, appid: &Appid, key: &str, sort: &str) -> Result<Option<Row>, StateError> {
        let DividedTable { table, .. } = &self.divided;
        table.read(table.getting(&self.divided.row_key(appid, key)).key(self.sort_key, text(sort))).await
    }

    /// All rows of this mini program's with this key, by one Query: as many as fit into a megabyte.
    pub(crate) async fn all(&self, appid: &Appid, key: &str) -> Result<Vec<Row>, StateError> {
        let DividedTable { table, .. } = &self.divided;
        let query = table
            .dynamodb
            .query()
            .table_name(&table.name)
            .key_condition_expression("#key = :key")
            .expression_attribute_names("#key", table.key)
            .expression_attribute_values(":key", text(&self.divided.row_key(appid, key)))
            .consistent_read(true);
        let output = query.send().await.map_err(|error| table.error(error))?;
        Ok(output.items.unwrap_or_default().into_iter().map(Row).collect())
    }
}

/// A row's attributes.
pub(crate) struct Row(HashMap<String, AttributeValue>);

impl Row {
    pub(crate) fn number(&self, name: &'static str) -> Result<i64, StateError> {
        self.optional_number(name)?.ok_or(StateError::Row(name))
    }

    pub(crate) fn optional_number(&self, name: &'static str) -> Result<Option<i64>, StateError> {
        self.0
            .get(name)
            .map(|value| value.as_n().ok()?.parse().ok())
            .map_or(Ok(None), |number| number.map(Some).ok_or(StateError::Row(name)))
    }

    pub(crate) fn is_without(&self, name: &'static str) -> bool {
        !self.0.contains_key(name)
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<&str, StateError> {
        self.optional_text(name)?.ok_or(StateError::Row(name))
    }

    pub(crate) fn optional_text(&self, name: &'static str) -> Result<Option<&str>, StateError> {
        self.0.get(name).map(|value| value.as_s().map(String::as_str).map_err(|_| StateError::Row(name))).transpose()
    }
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// An attribute of which only its being there counts.
pub(crate) fn flag() -> AttributeValue {
    AttributeValue::Bool(true)
}

pub(crate) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

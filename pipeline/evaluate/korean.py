"""The page's sentences in Korean; the same keys as `english.py`, with the same values in them."""

__all__ = ["TEXT"]

TEXT = {
    "title": "모델이 얼마나 잘 맞힐까요?",
    "measured": "{run}에서 가장 좋았던 에포크의 모델을 {source}의 {photos} {examples}장으로 재었습니다",
    "source_folder": "{folder}",
    "source_kept": "{folder}(검증용으로 떼어 둔 {share})",
    "source_test": "{folder}(시험용으로 떼어 둔 {share})",
    "source_dataset": "데이터 세트 {name}",
    "source_run": "학습에 쓴 데이터",
    # 모든 문장에서 `{photos}` 자리에 들어가는 말. 둘 다 받침으로 끝나야 조사가 맞습니다.
    "of_photos": "사진",
    "of_arrays": "그림",
    "percent": "{figure}%",
    "points": "{figure}%포인트",
    "examples": "{photos}",
    "accuracy": "정확도",
    "loss": "손실",
    "interval": "95% 구간",
    "mistakes": "틀린 것",
    "class": "클래스",
    "target": "값",
    "support": "{photos} 수",
    "predicted_count": "예측 수",
    "precision": "정밀도",
    "recall": "재현율",
    "f1": "F1",
    "auc": "AUC",
    "average_precision": "AP",
    "right": "맞음",
    "wrong": "잘못 ‘예’",
    "missed": "놓침",
    "average_macro": "클래스 평균",
    "average_weighted": "{photos} 수로 가중한 평균",
    "average_micro": "모든 답을 합쳐서",
    "mae": "평균 오차",
    "rmse": "RMSE",
    "r2": "R²",
    "file": "파일",
    "row": "{number}행",
    "true": "정답",
    "predicted": "예측",
    "how_sure": "확신",
    "how_often": "횟수",
    "how_far": "오차",
    "reason": "이유",
    "section_summary": "한눈에 보기",
    "section_overfitting": "배웠을까요, 외웠을까요?",
    "section_classes": "클래스별 결과",
    "section_confusion": "무엇을 무엇으로 착각하나",
    "section_mistakes": "가장 크게 틀린 것",
    "section_curves": "ROC 곡선과 정밀도-재현율 곡선",
    "section_calibration": "자신 있게 말한 만큼 맞히나요?",
    "section_scatter": "예측한 값과 실제 값",
    "section_files": "무엇을 재었고 무엇을 뺐나",
    # 한눈에 보기
    "summary_one": (
        "{photos} {examples}장 가운데 {right}장을 맞혔습니다. 정확도는 {accuracy}이고, {wrong}장을 틀렸습니다."
    ),
    "summary_interval": (
        "같은 종류의 다른 {photos}으로 재면 숫자가 조금 달라집니다. 이만큼의 {photos}으로 재었을 때 실제 정확도는 "
        "100번 중 95번꼴로 {low}와 {high} 사이에 있습니다(윌슨 구간). 정확도가 이 안에 드는 다른 모델은 이 모델과 "
        "실력이 같을 수도 있습니다."
    ),
    "summary_guess": (
        "비교해 보세요. 여기서 가장 많은 클래스인 {name:“#”이라고/라고}만 계속 답해도 {share}는 맞힙니다."
    ),
    "summary_guess_even": (
        "비교해 보세요. 여기서는 모든 클래스의 {photos} 수가 같아서, 늘 한 가지로만 답해도 {share}는 맞힙니다."
    ),
    "summary_guess_tied": (
        "비교해 보세요. 여기서는 {names}의 {photos}이 가장 많고 그 수가 서로 같습니다. 그중 하나로만 계속 답해도 "
        "{share}는 맞힙니다."
    ),
    "summary_not_better": (
        "이 값이 위의 구간 안에 있으므로, 모델이 찍는 것보다 낫다고는 아직 말할 수 없습니다. 이 {photos}만으로는 알 "
        "수 없고, 더 많은 {photos}으로 재거나 모델이 더 나아져야 합니다."
    ),
    "summary_below_guess": (
        "모델의 정확도는 이보다 낮습니다. 한 클래스가 이렇게 많을 때는 정확도보다 아래에 있는 클래스별 정밀도와 "
        "재현율을 보는 편이 낫습니다."
    ),
    "summary_swapped": (
        "답이 거꾸로 나옵니다. 라벨이 맞다면 모델이 이렇게 배울 수 없습니다. 여기서나 학습에서 한 클래스의 {photos}이 "
        "다른 클래스의 폴더에 들어가 라벨이 서로 바뀌었을 가능성이 가장 큽니다. {names} 폴더를 열어 확인해 보세요."
    ),
    "summary_multi": (
        "클래스마다 예/아니요로 따로 답하는데, 그 모든 답 가운데 {accuracy}가 맞았습니다. {photos} {examples}장 중 "
        "모든 답이 맞은 것은 {right}장으로 {all_right}입니다. 이만큼의 {photos}이라면 실제 비율은 100번 중 95번꼴로 "
        "{low}와 {high} 사이에 있습니다."
    ),
    "summary_regression": (
        "예측한 값은 실제 값과 평균 {mae}만큼 다릅니다. 큰 오차를 더 무겁게 보는 RMSE는 {rmse}입니다."
    ),
    "summary_r2": (
        "R²는 {r2}입니다. 1이면 모든 값을 정확히 맞힌 것이고, 0이면 늘 평균만 답한 것과 같으며, 0보다 작으면 평균만 "
        "답하는 편이 더 낫습니다."
    ),
    "summary_confused": "가장 흔한 실수는 {true:“#”을/를} {predicted:“#”으로/로} 본 것으로, {count}번입니다.",
    "summary_one_answer": (
        "모든 {photos}을 {name:“#”으로/로} 보았습니다. 클래스를 가려내는 법을 아직 배우지 못했고, 정확도는 그 클래스가 "
        "차지하는 비율일 뿐입니다."
    ),
    "summary_one_answer_ordered": (
        "모든 {photos}을 {name:“#”으로/로} 보았습니다. 다만 확률로는 클래스를 가려내고 있습니다(AUC {auc}). "
        "학습 초반에 흔히 그렇듯 그 클래스로 치우쳐 있을 뿐입니다."
    ),
    "summary_almost_one": (
        "{photos} {examples}장 가운데 {count}장을 {name:“#”으로/로} 보았는데, 실제로는 {support}장뿐입니다. 클래스를 "
        "거의 가려내지 못합니다."
    ),
    "one_answer_cure": (
        "먼저 학습에 쓴 {photos} 수가 클래스마다 크게 다르지 않은지 보세요. 크게 다르면 --train.class_weight "
        "balanced를 주거나 적은 클래스의 {photos}을 늘리세요. 그다음에는 에포크를 늘리거나, 학습률을 "
        "바꾸거나(--train.learning_rate 0.0001), 다른 폴더에 잘못 들어간 {photos}이 없는지 살펴보세요."
    ),
    "summary_faultless": "틀린 것이 하나도 없습니다.",
    "summary_loss": (
        "손실({loss})은 학습이 줄이려고 애쓰는 값입니다. 정확도와 달리 얼마나 확신했는지도 봅니다. 확신하며 틀리면, "
        "긴가민가하다 틀린 것보다 벌점이 큽니다."
    ),
    # 12번 질문
    "q12": "과적합은 어떻게 알아보나요?",
    "learned_plain": "학습용 {photos}",
    "learned_augmented": "학습용 {photos}(증강으로 바뀐 모습)",
    "a12": (
        "저장된 모델은 에포크 {epoch}의 것입니다. 그때 {learned}은 {train}, 한 번도 배우지 않은 검증용 {photos}은 "
        "{validation}를 맞혔습니다. 마지막인 에포크 {last}에서는 각각 {last_train}, {last_validation}였습니다."
    ),
    "a12_last": (
        "저장된 모델은 마지막인 에포크 {epoch}의 것입니다. 그때 {learned}은 {train}, 한 번도 배우지 않은 검증용 "
        "{photos}은 {validation}를 맞혔습니다."
    ),
    "a12_gap": (
        "마지막 에포크에서 배운 {photos}을 {gap} 더 잘 맞힙니다. {photos}을 외우고 있다는 뜻이고, 이것이 과적합입니다. "
        "{photos}을 늘리거나 증강, 드롭아웃을 쓰거나 에포크를 줄이면 나아집니다."
    ),
    "a12_no_gap": (
        "마지막 에포크에서 둘이 비슷하므로 과적합이라고 할 만한 것은 없습니다. 과적합이라면 학습 정확도는 100% "
        "쪽으로 계속 오르는데 검증 정확도는 멈추거나 떨어집니다."
    ),
    "a12_above": (
        "마지막 에포크에서 검증용 {photos}을 오히려 {gap} 더 잘 맞힙니다. 배우지 않은 {photos}에서 더 나쁘지 않으므로 "
        "과적합은 아닙니다."
    ),
    "a12_better_plain": (
        "검증용 {photos}을 더 잘 맞히는 것은 오류가 아닙니다. 학습용 {photos}은 모델이 아직 배우는 도중에 세고, 검증용 "
        "{photos}은 에포크가 끝난 뒤에 세기 때문입니다."
    ),
    "a12_better_augmented": (
        "검증용 {photos}을 더 잘 맞히는 것은 오류가 아닙니다. 학습용 {photos}은 증강으로 바뀐 모습이고, 모델이 아직 "
        "배우는 도중에 세기 때문입니다."
    ),
    "a12_low": (
        "둘 다 낮습니다. 아직 충분히 배우지 못한 것입니다. 에포크나 {photos}을 늘리거나 더 큰 신경망을 써 보세요. 지금 "
        "문제는 과적합이 아닙니다."
    ),
    "a12_shared": (
        "검증 사진 {count}장이 학습에도 쓰였습니다. 그래서 검증 정확도로는 외웠는지 배웠는지 알 수 없습니다. "
        "다른 사진을 검증용으로 두고 다시 학습해 보세요."
    ),
    "a12_surer": (
        "정확도만 보면 마지막 에포크에서 과적합이 드러나지 않습니다. 그러나 얼마나 확신하는지도 따지는 손실을 보면 "
        "드러납니다. 틀린 답을 점점 더 확신하고 있습니다."
    ),
    "a12_begins": (
        "과적합은 에포크 {epoch}에서 시작됩니다(아래 그림에서 색칠한 부분). 그때부터 검증 손실은 가장 낮았던 값보다 2% "
        "넘게 높은 채로 있고 학습 손실은 계속 줄어듭니다."
    ),
    "a12_rule": (
        "곡선에는 과적합이 시작된 에포크가 없습니다. 학습 손실은 계속 줄어드는데 검증 손실이 가장 낮았던 값보다 2% "
        "넘게 높은 채로 두 에포크 이상 이어지면, 거기서 과적합이 시작된 것으로 봅니다."
    ),
    "a12_losses": (
        "저장된 모델은 에포크 {epoch}의 것입니다. 그때 학습 손실은 {loss}, 검증 손실은 {val_loss}였습니다. 마지막인 "
        "에포크 {last}에서는 각각 {last_loss}, {last_val_loss}였습니다."
    ),
    "history_alt": "에포크마다의 학습과 검증 손실, 정확도",
    "a12_no_run": (
        "모델 파일만으로는 정확도가 에포크마다 어떻게 변했는지 알 수 없습니다. 과적합은 이렇게 보입니다. 학습 정확도는 "
        "계속 오르는데 검증 정확도는 멈추거나 떨어집니다."
    ),
    "a12_unknown": (
        "이 학습의 history.csv로는 정확도가 어떻게 변했는지 알 수 없습니다({why}). 과적합은 이렇게 보입니다. 학습 "
        "정확도는 계속 오르는데 검증 정확도는 멈추거나 떨어집니다."
    ),
    "no_rows": "끝난 에포크가 없습니다",
    "no_accuracy": "정확도가 적혀 있지 않습니다",
    "no_validation": "검증 결과가 적혀 있지 않습니다",
    "damaged": "파일이 없거나 깨졌습니다",
    # 클래스별 결과
    "explain_precision": (
        "정밀도: {name:“#”이라고/라고} 답했을 때 정말 그런가요? {predicted}번 그렇게 답했고 그중 {right}번이 맞아서 "
        "{precision}입니다."
    ),
    "explain_recall": (
        "재현율: 실제로 “{name}”인 {photos}을 얼마나 찾아내나요? {support}장 가운데 {right}장을 찾아서 {recall}입니다."
    ),
    "explain_f1": (
        "F1은 둘을 합친 숫자로, 둘 중 낮은 쪽에 가깝습니다. AUC와 AP는 아래 곡선에서 설명합니다. 나눌 것이 없으면 "
        "줄표(–)로 적습니다."
    ),
    "few": (
        "여기에는 {names}의 {photos}이 {least}장도 되지 않습니다. 한 장만 더 찾거나 놓쳐도 재현율이 25%포인트 이상 "
        "달라지므로 이 숫자는 믿기 어렵습니다."
    ),
    # 무엇을 무엇으로 착각하나
    "classes_more": "클래스 {count}개 가운데 가장 많이 틀린 {shown}개입니다. 전체는 evaluate.json에 있습니다.",
    "explain_pairs": (
        "클래스가 많아서 가장 흔한 실수만 보여 줍니다. 실제 클래스, 모델의 답, 횟수입니다. 전체는 "
        "evaluate.json에 있습니다."
    ),
    "explain_confusion": (
        "가로줄 하나가 실제 클래스 하나, 세로줄이 모델의 답입니다. “{name}” 줄을 보세요. {support}장 가운데 "
        "{right}장을 제대로 맞혔고, {rest} 맞힌 것은 대각선에 있고, 그 줄에서 차지하는 비율이 클수록 색이 짙습니다. "
        "칸마다 {photos} 수와 그 아래에 그 비율이 있습니다."
    ),
    "confusion_alt": "혼동 행렬: 가로줄은 실제 클래스, 세로줄은 예측한 클래스",
    "rest_none": "잘못 본 것은 없습니다.",
    "rest_two": "나머지 {count}장은 {other:“#”으로/로} 보았습니다.",
    "rest_many": "나머지는 다른 칸에 흩어져 있습니다.",
    "explain_tables": (
        "여기서는 클래스마다 따로 예/아니요를 답합니다. ‘잘못 예’는 그 클래스가 아닌데 그렇다고 한 {photos}, ‘놓침’은 "
        "그 클래스인데 아니라고 한 {photos}의 수입니다."
    ),
    "true_class": "실제 클래스",
    "predicted_class": "예측한 클래스",
    "share_of_row": "실제 클래스 안에서의 비율",
    # 실수
    "explain_mistakes": (
        "모델이 본 모습 그대로입니다. 가장 확신하고 틀린 것부터 나옵니다. 공통점을 찾아보세요. 라벨이 잘못되었거나, "
        "각도가 특이하거나, 배경이 너무 많거나, 너무 작게 찍힌 것은 아닌가요?"
    ),
    "explain_far": "모델이 본 모습 그대로입니다. 오차가 큰 것부터 나옵니다.",
    "mistake_alt": "틀린 것 {number}: 정답 {true}, 예측 {predicted}",
    "no_mistakes": "하나도 없습니다. 모두 맞혔습니다.",
    "mistakes_more": (
        "{count}장 가운데 {shown}장입니다. 모든 {photos}의 결과는 predictions.csv에 있으니 원하는 대로 정렬해 보세요."
    ),
    # 곡선
    "explain_roc": (
        "모델은 클래스마다 0과 1 사이의 값을 냅니다. ROC 곡선은 기준값을 어디에 두느냐에 따라 그 클래스를 얼마나 "
        "찾아내는지(세로축)와 다른 것을 얼마나 잘못 집어내는지(가로축)를 보여 줍니다. 곡선 아래 넓이인 AUC는 "
        "확률입니다. 그 클래스에서 한 장, 다른 클래스에서 한 장을 보여 주면 그 비율만큼 앞의 것에 더 높은 값을 줍니다. "
        "0.5면 찍는 것과 같고 1이면 완벽합니다."
    ),
    "explain_roc_example": "“{name}”에서는 {auc}입니다.",
    "explain_pr": (
        "정밀도-재현율 곡선은 재현율(가로축)에 따른 정밀도(세로축)입니다. 오른쪽 위 모서리에 가까울수록 좋습니다. AP는 "
        "곡선 아래 넓이입니다."
    ),
    "false_positive_rate": "다른 것을 잘못 집은 비율",
    "true_positive_rate": "찾아낸 비율",
    "recall_axis": "재현율",
    "precision_axis": "정밀도",
    "roc": "ROC 곡선",
    "precision_recall": "정밀도와 재현율",
    "guessing": "찍기",
    "hardest": "{count}개 중 가장 어려운 {shown}개",
    "no_curves": "곡선이 없습니다. 그 클래스인 {photos}과 아닌 {photos}이 모두 있어야 그릴 수 있습니다.",
    # 확신
    "explain_calibration": (
        "모델이 얼마나 확신했는지에 따라 예측을 나누었습니다. 대각선 위라면 “90% 확신”이 100번 중 90번 맞는다는 "
        "뜻입니다. 대각선보다 아래면 지나치게 자신하는 것이고, 위면 너무 조심스러운 것입니다."
    ),
    "calibration_over": "평균 {confidence} 확신했는데 {accuracy}를 맞혔습니다. 지나치게 자신합니다.",
    "calibration_under": "평균 {confidence} 확신했는데 {accuracy}를 맞혔습니다. 필요 이상으로 조심스럽습니다.",
    "calibration_fair": "평균 {confidence} 확신했고 {accuracy}를 맞혔습니다. 잘 들어맞습니다.",
    "calibration_error": "대각선에서 떨어진 평균 거리(ECE)는 {error}입니다.",
    "confidence": "확신한 정도(확률)",
    "share_right": "맞힌 비율",
    "perfect": "확신한 만큼 맞힘",
    # 값
    "explain_scatter": "점 하나가 {photos} 한 장입니다. 대각선 위의 점은 예측한 값이 실제 값과 같습니다.",
    "true_value": "실제 값",
    "predicted_value": "예측한 값",
    # 파일
    "unreadable": (
        "사진 {count}장은 읽을 수 없어서 뺐습니다. 이 페이지의 어떤 숫자에도 들어 있지 않습니다. 고치거나 치운 뒤 "
        "다시 재어 보세요."
    ),
    "missing": (
        "{names}의 {photos}이 한 장도 없었습니다. 얼마나 잘 찾아내는지 알 수 없고, 위에 나오는 평균에도 들어 있지 "
        "않습니다."
    ),
    "all_read": "모든 {photos}을 읽었습니다. 뺀 것이 없습니다.",
    "differs": (
        "학습 기록에는 정확도가 {recorded}로 적혀 있는데 지금은 {accuracy}입니다. 그 사이에 {photos}이나 모델 파일이 "
        "바뀌었거나, 이 컴퓨터의 반올림이 다릅니다."
    ),
    "own": (
        "학습할 때 스스로를 재던 바로 그 {photos}입니다. 가장 좋은 에포크를 이 {photos}으로 골랐으므로, 한 번도 쓰지 "
        "않은 {photos}에서는 정확도가 조금 더 낮을 수 있습니다."
    ),
    "learned_from": (
        "이 가운데 {count}장은 학습에 쓴 사진입니다. 배운 사진을 맞히는 것은 새 사진을 맞히는 것과 다릅니다. "
        "--data.validation으로 다른 사진을 재 보세요."
    ),
    "names_numbered": (
        "이 컴퓨터에 클래스 이름을 그릴 글꼴이 없어서 그림에서는 번호로 적었습니다: {names}. 이름을 보려면 글꼴을 "
        "설치하고(Debian, Ubuntu, 온라인 노트북에서는 apt-get install {package}) 이 명령을 다시 실행하세요."
    ),
    "words_replaced": (
        "이 컴퓨터에 한글 글꼴이 없어서 그림 안의 글자는 영어입니다. 글꼴을 설치하고(Debian, Ubuntu, 온라인 "
        "노트북에서는 apt-get install {package}) 이 명령을 다시 실행하세요."
    ),
    "made_by": (
        "python -m pipeline.evaluate로 만들었습니다. 인터넷이 필요 없고, 보이는 것은 모두 이 파일 안에 있습니다."
    ),
}
